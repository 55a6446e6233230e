// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Answers questions about kernel types from BTF, and from the facts in facts.hpp.
#include "types.hpp"
#include "facts.hpp"

#include <algorithm>
#include <bpf/btf.h>

namespace xs {
namespace {

constexpr int kDeepest = 32; // no struct of the kernel nests deeper: damaged types may contain themselves

// Links of lists and trees share unions with the members that matter (sk_buff.rbnode with sk_buff.dev).
constexpr std::string_view kLinks[] = {"rb_node",          "list_head",  "hlist_node",
                                       "hlist_nulls_node", "llist_node", "callback_head"};

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

} // namespace

bool same(const Prototype& a, const Prototype& b) {
  const auto type = [](const std::optional<Pointee>& p) { return p ? p->type : 0; };
  return type(a.result) == type(b.result) &&
         std::equal(a.parameters.begin(), a.parameters.end(), b.parameters.begin(), b.parameters.end(),
                    [&](const Parameter& x, const Parameter& y) {
                      return type(x.pointee) == type(y.pointee) && x.target.writes == y.target.writes;
                    });
}

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

const Types& KernelBtf::types(const std::string& module) const {
  const auto own = modules.find(module);
  const bool split = own != modules.end();
  std::unique_ptr<const Types>& known = types_[split ? module : ""];
  if (!known)
    known = split ? std::make_unique<const Types>(own->second.get(), &types())
                  : std::make_unique<const Types>(vmlinux.get());
  return *known;
}

std::optional<TypeId> Types::function(std::string_view name) const {
  const auto [first, last] = functions_.equal_range(name);
  const auto found = std::min_element(first, last, [](const auto& a, const auto& b) { return a.second < b.second; });
  return found == last ? std::nullopt : std::optional(found->second);
}

std::optional<Pointee> Types::named(const char* struct_name) const {
  if (const auto it = structs_.find(struct_name); it != structs_.end()) return Pointee{it->second, true};
  return base_ ? base_->named(struct_name) : std::nullopt;
}

std::optional<Pointee> Types::target(TypeId id) const {
  const btf_type* t = btf__type_by_id(btf_, plain(btf_, id));
  if (!t || !btf_is_ptr(t)) return {};
  const TypeId target = plain(btf_, t->type);
  const btf_type* object = btf__type_by_id(btf_, target);
  if (!object || !(btf_is_composite(object) || btf_is_ptr(object))) return {};
  return Pointee{target, false};
}

Parameter Types::parameter(std::string_view function, int index, const btf_param& p) const {
  const btf_type* t = btf__type_by_id(btf_, plain(btf_, p.type));
  Parameter out{.name = text(btf_, p.name_off), .pointee = target(p.type), .target = {}};
  if (!t) return out;
  out.integer = btf_is_int(t) || btf_is_any_enum(t);
  if (btf_is_ptr(t)) out.target = writable(t->type);
  for (const ParameterFact& fact : kParameterFacts)
    if (index == 0 && btf_is_ptr(t) && plain(btf_, t->type) == 0 && function == fact.function)
      out.pointee = named(fact.object);
  return out;
}

// What may be written through a pointer to `to`.
Target Types::writable(TypeId to) const {
  using Writes = Target::Writes;
  const btf_type* t = btf__type_by_id(btf_, to);
  for (int depth = 0; t && depth < kDeepest && (btf_is_mod(t) || btf_is_typedef(t) || btf_is_type_tag(t)); depth++) {
    if (btf_is_const(t)) return {.writes = Writes::nothing};
    t = btf__type_by_id(btf_, t->type);
  }
  const TypeId object = plain(btf_, to);
  if (!t || btf_is_void(t) || btf_is_func_proto(t)) return {};
  if (btf_is_ptr(t)) {
    const auto element = target(object);
    return element ? Target{.writes = Writes::pointers, .element = element->type} : Target{};
  }
  return {.writes = only_numbers(object) ? Writes::numbers : Writes::anything, .size = size(object)};
}

bool Types::only_numbers(TypeId type, int depth) const {
  const TypeId id = plain(btf_, type);
  const btf_type* t = btf__type_by_id(btf_, id);
  if (!t || depth > kDeepest) return false;
  if (btf_is_int(t) || btf_is_any_enum(t) || btf_is_float(t)) return true;
  if (btf_is_array(t)) return only_numbers(btf_array(t)->type, depth + 1);
  if (!btf_is_composite(t)) return false;
  for (int i = 0; i < btf_vlen(t); i++)
    if (!only_numbers(btf_members(t)[i].type, depth + 1)) return false;
  return btf_vlen(t) > 0; // a struct without members is one of which nothing is known
}

std::optional<Prototype> Types::build(std::string_view function, TypeId prototype) const {
  const btf_type* proto = btf__type_by_id(btf_, plain(btf_, prototype));
  if (!proto || !btf_is_func_proto(proto)) return {};
  Prototype out;
  out.result = target(proto->type);
  const btf_type* result = btf__type_by_id(btf_, plain(btf_, proto->type));
  out.returns_number = result && btf_is_int(result);
  for (int i = 0; i < btf_vlen(proto); i++)
    out.parameters.push_back(parameter(function, i, btf_params(proto)[i]));
  return out;
}

// The prototype of a function that is known to be stored in a member of a struct.
std::optional<Prototype> Types::callback(std::string_view function) const {
  const auto* fact = std::ranges::find(kCallbackFacts, function, &CallbackFact::function);
  if (fact == std::end(kCallbackFacts)) return {};
  const auto holder = named(fact->holder);
  const btf_type* t = holder ? btf__type_by_id(btf_, holder->type) : nullptr;
  for (int i = 0; t && i < btf_vlen(t); i++) {
    const btf_member& m = btf_members(t)[i];
    const btf_type* pointer = btf__type_by_id(btf_, plain(btf_, m.type));
    if (pointer && btf_is_ptr(pointer) && fact->member == std::string_view(text(btf_, m.name_off)))
      return build(function, pointer->type);
  }
  return {};
}

std::optional<Pointee> Types::returned(std::string_view callee, std::string_view function) const {
  for (const ResultFact& fact : kResultFacts)
    if (callee == fact.callee && function == fact.function) return named(fact.object);
  return {};
}

std::optional<Prototype> Types::changed_abi_prototype(const std::string& function) const {
  constexpr size_t kInRegisters = 6;
  const auto* fact = std::ranges::find(kWriteFacts, function, &WriteFact::function);
  const auto object = fact != std::end(kWriteFacts) ? named(fact->object) : std::nullopt;
  if (!object) return {};
  Parameter any{.name = {}, .pointee = {}, .target = {}};
  any.target = {.writes = Target::Writes::pointers, .element = object->type};
  return Prototype{std::vector(kInRegisters, any), {}};
}

std::optional<Prototype> Types::prototype(const std::string& function) const {
  std::optional<Prototype> found;
  const auto [first, last] = functions_.equal_range(function);
  if (first == last) return base_ ? base_->prototype(function) : callback(function);
  for (auto it = first; it != last; ++it) {
    std::optional<Prototype> next = build(function, btf__type_by_id(btf_, it->second)->type);
    if (!next || (found && !same(*found, *next))) return {};
    found = std::move(next);
  }
  return found;
}

// Collects the pointers that lie exactly `offset` bytes into `id`, through nested structs, unions and arrays.
void Types::pointers_at(TypeId id, int64_t offset, bool element, std::vector<Found>& found, int depth) const {
  id = plain(btf_, id);
  const btf_type* t = btf__type_by_id(btf_, id);
  if (!t || depth > kDeepest) return;
  if (btf_is_ptr(t)) {
    if (offset == 0) found.push_back({id, element});
  } else if (btf_is_array(t)) {
    const struct btf_array* array = btf_array(t);
    const int64_t each = size(array->type);
    if (each > 0 && offset < each * array->nelems) pointers_at(array->type, offset % each, each == 8, found, depth + 1);
  } else if (btf_is_composite(t)) {
    const btf_member* m = btf_members(t);
    for (int i = 0; i < btf_vlen(t); i++) {
      const int64_t at = btf_member_bit_offset(t, i) / 8;
      if (btf_member_bitfield_size(t, i) == 0 && at <= offset && offset < at + std::max<int64_t>(size(m[i].type), 1))
        pointers_at(m[i].type, offset - at, false, found, depth + 1);
    }
  }
}

std::optional<Pointee> Types::member(TypeId type, int64_t offset, const std::string& function, bool element) const {
  const btf_type* t = btf__type_by_id(btf_, type);
  if (!t || offset < 0) return {};
  if (btf_is_ptr(t)) return offset % 8 ? std::nullopt : target(type); // an array of pointers
  for (const MemberFact& fact : kMemberFacts) {
    if (element || name(type) != fact.holder) continue;
    if (fact.function && function != fact.function) continue;
    if (member_offset(type, fact.member) == offset) return named(fact.object);
  }
  std::vector<Found> found;
  pointers_at(type, offset, false, found);
  std::optional<Pointee> pointee;
  for (const Found& f : found) {
    const std::optional<Pointee> next = target(f.pointer);
    if (!next || (element && !f.element)) continue; // void *, or a function: says nothing
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
TypeId Types::member_type(TypeId type, std::string_view member, int depth) const {
  const btf_type* t = btf__type_by_id(btf_, plain(btf_, type));
  if (!t || depth > kDeepest || !btf_is_composite(t)) return 0;
  for (int i = 0; i < btf_vlen(t); i++) {
    const btf_member& m = btf_members(t)[i];
    const std::string_view label = text(btf_, m.name_off);
    if (label == member) return plain(btf_, m.type);
    if (const TypeId inner = label.empty() ? member_type(m.type, member, depth + 1) : 0) return inner;
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

int64_t Types::member_offset(TypeId type, std::string_view member, int depth) const {
  if (const size_t dot = member.find('.'); dot != member.npos) {
    const std::string_view outer = member.substr(0, dot);
    const int64_t at = member_offset(type, outer),
                  inner = member_offset(member_type(type, outer), member.substr(dot + 1));
    return at >= 0 && inner >= 0 ? at + inner : -1;
  }
  const btf_type* t = btf__type_by_id(btf_, plain(btf_, type));
  if (!t || depth > kDeepest || !btf_is_composite(t)) return -1;
  const btf_member* m = btf_members(t);
  for (int i = 0; i < btf_vlen(t); i++) {
    const int64_t at = btf_member_bit_offset(t, i) / 8;
    const std::string_view label = text(btf_, m[i].name_off);
    if (label == member) return at;
    if (!label.empty()) continue;
    if (const int64_t inner = member_offset(m[i].type, member, depth + 1); inner >= 0) return at + inner;
  }
  return -1;
}

} // namespace xs
