// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The types that are extracted from the kernel's BTF for the programs.
#include "../../user/attach/core_types.hpp"

#include <bpf/btf.h>
#include <doctest/doctest.h>

using namespace xs;

namespace {

// struct inner { int a; }; struct outer { const struct inner i[2]; struct other *p; }; struct other { int b; };
BtfPtr kernel() {
  BtfPtr b(btf__new_empty());
  const int number = btf__add_int(b.get(), "int", 4, BTF_INT_SIGNED);
  const int other = btf__add_struct(b.get(), "other", 4);
  btf__add_field(b.get(), "b", number, 0, 0);
  const int pointer = btf__add_ptr(b.get(), other);
  const int inner = btf__add_struct(b.get(), "inner", 4);
  btf__add_field(b.get(), "a", number, 0, 0);
  const int array = btf__add_array(b.get(), number, btf__add_const(b.get(), inner), 2);
  btf__add_struct(b.get(), "outer", 16);
  btf__add_field(b.get(), "i", array, 0, 0);
  btf__add_field(b.get(), "p", pointer, 64, 0);
  return b;
}

BtfPtr asking_for(const char* name) {
  BtfPtr b(btf__new_empty());
  btf__add_struct(b.get(), name, 0);
  return b;
}

} // namespace

TEST_CASE("a type comes with what it holds, and not with what it points to") {
  const BtfPtr out = core_types(kernel().get(), asking_for("outer___before_5_11").get());
  REQUIRE(out);
  const int outer = btf__find_by_name_kind(out.get(), "outer", BTF_KIND_STRUCT);
  REQUIRE(outer > 0);
  const btf_member* members = btf_members(btf__type_by_id(out.get(), static_cast<TypeId>(outer)));
  const btf_type* array = btf__type_by_id(out.get(), members[0].type);
  REQUIRE(btf_is_array(array));
  const btf_type* element = btf__type_by_id(out.get(), btf_array(array)->type);
  REQUIRE(btf_is_const(element));
  CHECK(static_cast<int>(element->type) == btf__find_by_name_kind(out.get(), "inner", BTF_KIND_STRUCT));
  CHECK(members[1].offset == 64);
  const btf_type* pointer = btf__type_by_id(out.get(), members[1].type);
  CHECK(btf_is_ptr(pointer));
  CHECK(pointer->type == 0);
  CHECK(btf__find_by_name(out.get(), "other") < 0);
}

TEST_CASE("of types that nobody asks for nothing is copied") {
  const BtfPtr out = core_types(kernel().get(), asking_for("outermost").get());
  REQUIRE(out);
  CHECK(btf__type_cnt(out.get()) == 1); // void
}
