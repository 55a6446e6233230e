// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Answers questions about kernel types from BTF, and from the few facts that only the kernel's source states.
#include "types.hpp"

#include <algorithm>
#include <bpf/btf.h>

namespace xs {
namespace {

// Objects that the kernel passes as `void *` or `unsigned long`. Every one is checked again when a site fires: the
// object must lead to the netns whose counter rises (bpf/netns.bpf.h).
struct SourceFact {
  const char* holder;   // function: its parameter; struct: its member
  const char* slot;     // name of the parameter or member
  const char* function; // only in this function; nullptr: anywhere
  const char* object;   // struct that it points to
};
constexpr SourceFact kSourceFacts[] = {
    {"sk_buff", "_skb_refdst", nullptr, "dst_entry"},               // include/linux/skbuff.h, skb_dst()
    {"esp_output_done", "data", nullptr, "sk_buff"},                // net/ipv[46]/esp[46].c, since 6.3
    {"crypto_async_request", "data", "esp_output_done", "sk_buff"}, // the same before 6.3
};

// Links of lists and trees share unions with the members that matter (sk_buff.rbnode with sk_buff.dev).
constexpr std::string_view kLinks[] = {"rb_node",          "list_head",  "hlist_node",
                                       "hlist_nulls_node", "llist_node", "callback_head"};

const char* object_of(std::string_view holder, std::string_view slot, std::string_view function) {
  for (const SourceFact& fact : kSourceFacts)
    if (holder == fact.holder && slot == fact.slot && (!fact.function || function == fact.function)) return fact.object;
  return nullptr;
}

const char* text(const btf* b, uint32_t offset) {
  const char* s = btf__name_by_offset(b, offset);
  return s ? s : "";
}

TypeId plain(const btf* b, TypeId id) {
  const btf_type* t = btf__type_by_id(b, id);
  for (int depth = 0; t && depth < 32; depth++) {
    if (!btf_is_mod(t) && !btf_is_typedef(t) && !btf_is_type_tag(t)) break;
    id = t->type;
    t = btf__type_by_id(b, id);
  }
  return id;
}

bool same(const Prototype& a, const Prototype& b) {
  const auto type = [](const std::optional<Pointee>& p) { return p ? p->type : 0; };
  return type(a.result) == type(b.result) &&
         std::equal(a.parameters.begin(), a.parameters.end(), b.parameters.begin(), b.parameters.end(),
                    [&](const auto& x, const auto& y) { return type(x.pointee) == type(y.pointee); });
}

} // namespace

void BtfDeleter::operator()(btf* b) const {
  btf__free(b);
}

Types::Types(const btf* btf, const Types* base) : btf_(btf), base_(base) {
  const TypeId count = btf__type_cnt(btf_);
  for (TypeId id = base ? btf__type_cnt(base->btf_) : 1; id < count; id++) {
    const btf_type* t = btf__type_by_id(btf_, id);
    if (btf_is_func(t)) functions_.emplace(text(btf_, t->name_off), id);
    if (btf_is_struct(t)) structs_.try_emplace(text(btf_, t->name_off), id);
  }
}

std::optional<Pointee> Types::named(const char* struct_name) const {
  if (const auto it = structs_.find(struct_name); it != structs_.end()) return Pointee{it->second, true};
  return base_ ? base_->named(struct_name) : std::nullopt;
}

std::optional<Pointee> Types::pointed_to(TypeId id) const {
  const btf_type* t = btf__type_by_id(btf_, plain(btf_, id));
  if (!t || !btf_is_ptr(t)) return {};
  const TypeId target = plain(btf_, t->type);
  const btf_type* object = btf__type_by_id(btf_, target);
  if (!object || !(btf_is_composite(object) || btf_is_ptr(object))) return {};
  return Pointee{target, false};
}

std::optional<Prototype> Types::build(TypeId function) const {
  const btf_type* f = btf__type_by_id(btf_, function);
  const btf_type* proto = btf__type_by_id(btf_, f->type);
  if (!proto || !btf_is_func_proto(proto)) return {};
  Prototype out;
  out.result = pointed_to(proto->type);
  const btf_param* p = btf_params(proto);
  for (int i = 0; i < btf_vlen(proto); i++) {
    Parameter parameter{text(btf_, p[i].name_off), pointed_to(p[i].type)};
    if (const char* object = object_of(text(btf_, f->name_off), parameter.name, "")) parameter.pointee = named(object);
    out.parameters.push_back(std::move(parameter));
  }
  return out;
}

std::optional<Prototype> Types::prototype(const std::string& function) const {
  std::optional<Prototype> found;
  const auto [first, last] = functions_.equal_range(function);
  if (first == last && base_) return base_->prototype(function);
  for (auto it = first; it != last; ++it) {
    std::optional<Prototype> next = build(it->second);
    if (!next || (found && !same(*found, *next))) return {};
    found = std::move(next);
  }
  return found;
}

// Collects the pointers that lie exactly `offset` bytes into `id`, through nested structs, unions and arrays.
void Types::pointers_at(TypeId id, int64_t offset, std::vector<TypeId>& found) const {
  id = plain(btf_, id);
  const btf_type* t = btf__type_by_id(btf_, id);
  if (!t) return;
  if (btf_is_ptr(t)) {
    if (offset == 0) found.push_back(id);
  } else if (btf_is_array(t)) {
    const struct btf_array* array = btf_array(t);
    const int64_t each = size(array->type);
    if (each > 0 && offset < each * array->nelems) pointers_at(array->type, offset % each, found);
  } else if (btf_is_composite(t)) {
    const btf_member* m = btf_members(t);
    for (int i = 0; i < btf_vlen(t); i++) {
      const int64_t at = btf_member_bit_offset(t, i) / 8;
      if (btf_member_bitfield_size(t, i) == 0 && at <= offset && offset < at + std::max<int64_t>(size(m[i].type), 1))
        pointers_at(m[i].type, offset - at, found);
    }
  }
}

std::optional<Pointee> Types::member(TypeId type, int64_t offset, const std::string& function) const {
  const btf_type* t = btf__type_by_id(btf_, type);
  if (!t || offset < 0) return {};
  if (btf_is_ptr(t)) { // an array of pointers
    if (offset % 8) return {};
    return pointed_to(type);
  }
  for (const SourceFact& fact : kSourceFacts) {
    if (name(type) != fact.holder || !btf_is_composite(t)) continue;
    if (fact.function && function != fact.function) continue;
    if (member_offset(type, fact.slot) == offset) return named(fact.object);
  }
  std::vector<TypeId> found;
  pointers_at(type, offset, found);
  std::optional<Pointee> pointee;
  for (const TypeId id : found) {
    const std::optional<Pointee> next = pointed_to(id);
    if (!next) continue; // void *, or a function: says nothing
    if (std::ranges::find(kLinks, name(next->type)) != std::end(kLinks)) continue;
    if (pointee && pointee->type != next->type) return {};
    pointee = next;
  }
  return pointee;
}

int64_t Types::offset_of(const char* struct_name, std::initializer_list<std::string_view> path) const {
  const auto start = named(struct_name);
  int64_t at = start ? 0 : -1;
  TypeId type = start ? start->type : 0;
  for (const std::string_view member : path) {
    const int64_t next = member_offset(type, member);
    if (at < 0 || next < 0) return -1;
    at += next;
    type = member_type(type, member);
  }
  return at;
}

std::optional<Types::Counters> Types::counters() const {
  const auto net = named("net");
  const int64_t offset = offset_of("net", {"mib", "xfrm_statistics"});
  const auto pointee = net && offset >= 0 ? member(net->type, offset, "") : std::nullopt;
  if (!pointee) return {};
  return Counters{offset, *pointee};
}

// The type of a member, looked for through anonymous structs and unions; 0: none of that name.
TypeId Types::member_type(TypeId type, std::string_view member) const {
  const btf_type* t = btf__type_by_id(btf_, plain(btf_, type));
  if (!t || !btf_is_composite(t)) return 0;
  for (int i = 0; i < btf_vlen(t); i++) {
    const btf_member& m = btf_members(t)[i];
    const std::string_view label = text(btf_, m.name_off);
    if (label == member) return plain(btf_, m.type);
    if (const TypeId inner = label.empty() ? member_type(m.type, member) : 0) return inner;
  }
  return 0;
}

int64_t Types::size(TypeId type) const {
  return std::max<int64_t>(btf__resolve_size(btf_, type), 0);
}

std::string_view Types::name(TypeId type) const {
  const btf_type* t = btf__type_by_id(btf_, type);
  return t && btf_is_composite(t) ? text(btf_, t->name_off) : "";
}

int64_t Types::member_offset(TypeId type, std::string_view member) const {
  const btf_type* t = btf__type_by_id(btf_, plain(btf_, type));
  if (!t || !btf_is_composite(t)) return -1;
  const btf_member* m = btf_members(t);
  for (int i = 0; i < btf_vlen(t); i++) {
    const int64_t at = btf_member_bit_offset(t, i) / 8;
    const std::string_view label = text(btf_, m[i].name_off);
    if (label == member) return at;
    if (!label.empty()) continue;
    if (const int64_t inner = member_offset(m[i].type, member); inner >= 0) return at + inner;
  }
  return -1;
}

} // namespace xs
