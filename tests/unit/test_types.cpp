// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Types of pointers from BTF and from facts of the source.
#include "../../user/resolve/types.hpp"

#include <bpf/btf.h>
#include <doctest/doctest.h>

using namespace xs;

namespace {

// A BTF object under construction; ids are libbpf's.
struct Maker {
  BtfPtr btf{btf__new_empty()};
  TypeId number = add(btf__add_int(btf.get(), "unsigned long", 8, 0));
  TypeId byte = add(btf__add_int(btf.get(), "char", 1, 0));
  TypeId index = add(btf__add_int(btf.get(), "__ARRAY_SIZE_TYPE__", 4, 0));

  static TypeId add(int id) {
    REQUIRE(id > 0);
    return static_cast<TypeId>(id);
  }
  TypeId pointer(TypeId to) { return add(btf__add_ptr(btf.get(), static_cast<int>(to))); }
  TypeId structure(const char* name, uint32_t size) { return add(btf__add_struct(btf.get(), name, size)); }
  TypeId either(uint32_t size) { return add(btf__add_union(btf.get(), nullptr, size)); }
  TypeId array(TypeId of, uint32_t count) {
    return add(btf__add_array(btf.get(), static_cast<int>(index), static_cast<int>(of), count));
  }
  void field(const char* name, TypeId type, uint32_t at) {
    REQUIRE(btf__add_field(btf.get(), name, static_cast<int>(type), at * 8, 0) == 0);
  }
  void function(const char* name, TypeId result, std::initializer_list<TypeId> parameters) {
    const TypeId proto = add(btf__add_func_proto(btf.get(), static_cast<int>(result)));
    for (const TypeId p : parameters)
      btf__add_func_param(btf.get(), "p", static_cast<int>(p));
    add(btf__add_func(btf.get(), name, BTF_FUNC_STATIC, static_cast<int>(proto)));
  }
};

std::string_view pointed_at(const Types& types, TypeId type, int64_t offset, bool element = false) {
  const auto p = types.member(type, offset, "f", element);
  return p ? types.name(p->type) : "nothing";
}

} // namespace

TEST_CASE("members are found through nested structs and arrays") {
  Maker m;
  const TypeId net = m.pointer(m.structure("net", 8)), state = m.pointer(m.structure("xfrm_state", 8));
  const TypeId states = m.array(state, 3);
  const TypeId inner = m.structure("inner", 0x28);
  m.field("net", net, 8);
  m.field("states", states, 0x10);
  const TypeId outer = m.structure("outer", 0x40);
  m.field("inner", inner, 0x10);
  const Types types(m.btf.get());
  CHECK(pointed_at(types, outer, 0x18) == "net");
  CHECK(pointed_at(types, outer, 0x20) == "xfrm_state");
  CHECK(pointed_at(types, outer, 0x30) == "xfrm_state");
  CHECK(pointed_at(types, outer, 0x38) == "nothing"); // behind the array
  CHECK(pointed_at(types, outer, 0x1c) == "nothing"); // in the middle of a pointer
  CHECK(pointed_at(types, outer, 0x10) == "nothing");
  CHECK(pointed_at(types, outer, -8) == "nothing");
  CHECK(pointed_at(types, outer, 0x20, true) == "xfrm_state");
  CHECK(pointed_at(types, outer, 0x18, true) == "nothing"); // no array
  CHECK(types.member_offset(outer, "inner") == 0x10);
  CHECK(types.member_offset(outer, "net") == -1); // of a named member
}

TEST_CASE("a union is typed if its pointers agree; links and void say nothing") {
  Maker m;
  const TypeId net = m.pointer(m.structure("net", 8)), state = m.pointer(m.structure("xfrm_state", 8));
  const TypeId link = m.pointer(m.structure("list_head", 16)), any = m.pointer(0);
  const TypeId clear = m.either(8);
  m.field("net", net, 0);
  m.field("link", link, 0);
  m.field("any", any, 0);
  m.field("number", m.number, 0);
  const TypeId unclear = m.either(8);
  m.field("net", net, 0);
  m.field("state", state, 0);
  const TypeId holder = m.structure("holder", 16);
  m.field("", clear, 0);
  m.field("", unclear, 8);
  const Types types(m.btf.get());
  CHECK(pointed_at(types, holder, 0) == "net");
  CHECK(pointed_at(types, holder, 8) == "nothing");
  CHECK(types.member_offset(holder, "number") == 0);
}

TEST_CASE("functions of one name must agree") {
  Maker m;
  const TypeId net = m.pointer(m.structure("net", 8)), state = m.pointer(m.structure("xfrm_state", 8));
  m.function("agreed", 0, {net, m.number});
  m.function("agreed", 0, {net, m.number});
  m.function("differing", 0, {net});
  m.function("differing", 0, {state});
  m.function("longer", 0, {net});
  m.function("longer", 0, {net, m.number});
  m.function("returning", net, {});
  m.function("returning", state, {});
  const Types types(m.btf.get());
  REQUIRE(types.prototype("agreed"));
  CHECK(types.prototype("agreed")->parameters[0].pointee->type == types.target(net)->type);
  CHECK(types.prototype("agreed")->parameters[1].integer);
  for (const char* name : {"differing", "longer", "returning", "absent"})
    CHECK(!types.prototype(name));
}

TEST_CASE("what may be written through a parameter is told by its type") {
  using Writes = Target::Writes;
  Maker m;
  const TypeId net = m.structure("net", 8), bytes = m.array(m.byte, 6);
  const TypeId address = m.either(16);
  m.field("bytes", bytes, 0);
  const TypeId pointer = m.pointer(net);
  const TypeId mixed = m.structure("mixed", 16);
  m.field("address", address, 0);
  m.field("net", pointer, 8);
  const TypeId constant = Maker::add(btf__add_const(m.btf.get(), static_cast<int>(mixed)));
  m.function("f", 0,
             {m.pointer(m.number), m.pointer(address), m.pointer(mixed), m.pointer(constant), m.pointer(m.pointer(net)),
              m.pointer(0), m.number, m.pointer(net)});
  const auto proto = Types(m.btf.get()).prototype("f");
  REQUIRE(proto);
  std::vector<Writes> writes;
  for (const Parameter& p : proto->parameters)
    writes.push_back(p.target.writes);
  CHECK(writes == std::vector<Writes>{Writes::numbers, Writes::numbers, Writes::anything, Writes::nothing,
                                      Writes::pointers, Writes::anything, Writes::anything,
                                      Writes::anything}); // net: nothing is known of it
  CHECK(proto->parameters[2].target.size == 16);
}

TEST_CASE("the source types what BTF calls void") {
  Maker m;
  const TypeId skb = m.structure("sk_buff", 0x100), any = m.pointer(0);
  const TypeId request = m.structure("crypto_async_request", 0x30);
  m.field("data", any, 0x18);
  m.function("esp_output_done", 0, {any, m.number});
  m.function("another", 0, {any, m.number});
  const Types types(m.btf.get());
  CHECK(types.prototype("esp_output_done")->parameters[0].pointee->type == skb);
  CHECK(types.prototype("esp_output_done")->parameters[0].pointee->source_fact);
  CHECK(!types.prototype("another")->parameters[0].pointee);
  CHECK(types.member(request, 0x18, "esp_output_done")->type == skb);
  CHECK(!types.member(request, 0x18, "another"));
  CHECK(!types.member(request, 0x10, "esp_output_done"));
}

TEST_CASE("the source types one of several pointers in a union of a struct within a struct") {
  Maker m;
  const TypeId sock = m.structure("sock", 0x40), row = m.structure("inet_timewait_death_row", 8);
  const TypeId listener = m.pointer(sock), death_row = m.pointer(row);
  const TypeId any_of = m.either(8);
  m.field("skc_listener", listener, 0);
  m.field("skc_tw_dr", death_row, 0);
  const TypeId common = m.structure("sock_common", 0x20);
  m.field("", any_of, 0x10);
  const TypeId whole = m.structure("sock", 0x40);
  m.field("__sk_common", common, 0x8);
  const Types types(m.btf.get());
  const auto listening = types.member(whole, 0x18, "xfrm_lookup_with_ifid");
  REQUIRE(listening);
  CHECK(types.name(listening->type) == "sock");
  CHECK(listening->source_fact);
  CHECK(!types.member(whole, 0x18, "another"));
  CHECK(!types.member(whole, 0x10, "xfrm_lookup_with_ifid"));
}

TEST_CASE("a typed parameter is not typed anew, and a function that BTF does not know has its callback's type") {
  Maker m;
  m.structure("sk_buff", 0x100);
  const TypeId request = m.structure("crypto_async_request", 0x30);
  const TypeId pointer = m.pointer(request);
  const TypeId proto = Maker::add(btf__add_func_proto(m.btf.get(), 0));
  btf__add_func_param(m.btf.get(), "", static_cast<int>(pointer));
  const TypeId callback = m.pointer(proto);
  const TypeId holder = m.structure("unused", 8);
  CHECK(holder);
  SUBCASE("from the member it is stored in") {
    m.structure("xfrm4_protocol", 0x20);
    m.field("cb_handler", callback, 8);
    const auto found = Types(m.btf.get()).prototype("vti_rcv_cb");
    REQUIRE(found);
    CHECK(found->parameters[0].pointee->type == request);
    CHECK(!found->parameters[0].pointee->source_fact);
    CHECK(!Types(m.btf.get()).prototype("vti6_rcv_cb")); // xfrm6_protocol is unknown
  }
  SUBCASE("not where BTF knows it") {
    m.function("esp_output_done", 0, {pointer});
    CHECK(Types(m.btf.get()).prototype("esp_output_done")->parameters[0].pointee->type == request);
  }
}

TEST_CASE("types that contain themselves come to an end") {
  Maker m;
  const TypeId self = static_cast<TypeId>(btf__type_cnt(m.btf.get()));
  CHECK(m.structure("itself", 8) == self);
  m.field("", self, 0);
  const Types types(m.btf.get());
  CHECK(!types.member(self, 0, "f"));
  CHECK(types.member_offset(self, "x") == -1);
  CHECK(!types.only_numbers(self));
}
