// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Applies calls: what the callee may write, what its prototype proves, what it frees and returns.
#include "calls.hpp"
#include "callers.hpp"
#include "facts.hpp"

#include <algorithm>

namespace xs {
namespace {

using Kind = Value::Kind;
using Names = std::string_view;

constexpr Names kPreserving[] = {"preempt_schedule",
                                 "preempt_schedule_notrace",
                                 "preempt_schedule_thunk",
                                 "preempt_schedule_notrace_thunk",
                                 "___preempt_schedule",
                                 "__SCT__preempt_schedule",
                                 "__SCT__preempt_schedule_notrace",
                                 "__fentry__"};
constexpr Names kNeverReturning[] = {"__stack_chk_fail", "fortify_panic", "__fortify_panic", "panic"};
constexpr Names kCopying[] = {"memcpy", "__memcpy", "memmove", "__memmove"};
constexpr Names kSetting[] = {"memset", "__memset"};

// Functions that drop a reference to an object, by a part of their name.
struct Freeing {
  Names part;
  Names object;
};
constexpr Freeing kFreeing[] = {
    {"kfree_skb", "sk_buff"},     {"consume_skb", "sk_buff"},           {"skb_reason_drop", "sk_buff"},
    {"dst_release", "dst_entry"}, {"xfrm_state_destroy", "xfrm_state"}, {"xfrm_policy_destroy", "xfrm_policy"}};

template <size_t N> bool among(const Names (&names)[N], Names name) {
  return std::ranges::find(names, name) != std::end(names);
}

bool frees(Names callee, Names object) {
  return std::ranges::any_of(
      kFreeing, [&](const Freeing& f) { return callee.find(f.part) != callee.npos && object == f.object; });
}

// What a callee is declared as. An address may have several names; they must agree.
std::optional<Prototype> declared(const KernelImage& image, const Types& types, uint64_t address) {
  std::optional<Prototype> found;
  for (const Names name : image.symbols.names_at(address)) {
    auto next = changed_abi(name) ? types.changed_abi_prototype(std::string(source_name(name)))
                                  : types.prototype(std::string(name));
    if (!next) continue;
    if (found && !same(*found, *next)) return {};
    found = std::move(next);
  }
  return found;
}

// Keeps of a slot in an exposed part what whoever knows its address cannot change.
bool keep_exposed(Value& v, TypeId only) {
  if (is_saved_register(v)) return true; // the compiler's own, of which nobody has the address
  if (only == Exposed::kNumbers) return v.kind == Kind::pointer;
  if (only == Exposed::kAnything || v.kind != Kind::pointer || v.type != only || v.offset != 0) return false;
  v = {.kind = Kind::pointer, .proof = Proof::member, .type = only};
  return true;
}

void expose_part(MachineState& state, int64_t start, int64_t end, TypeId only) {
  int64_t& known = state.exposed.try_emplace({start, only}, end).first->second;
  known = std::max(known, end);
}

// What the addresses stored in an exposed part lead to is exposed as well.
void follow_exposed(MachineState& state) {
  const auto parts = state.exposed;
  for (const auto& [part, end] : parts)
    for (auto slot = state.slot.lower_bound(part.start); slot != state.slot.end() && slot->first < end; ++slot)
      if (slot->second.may_be_frame()) expose(state, slot->second, {});
}

// Others write what they know of.
void forget_exposed(MachineState& state) {
  follow_exposed(state);
  for (const auto& [part, end] : state.exposed) {
    auto it = state.slot.lower_bound(part.start - 7);
    while (it != state.slot.end() && it->first < end)
      it = keep_exposed(it->second, part.only) ? std::next(it) : state.slot.erase(it);
  }
}

class Call {
public:
  Call(MachineState& state, const KernelImage& image, const Types& types, const std::string& function,
       std::optional<uint64_t> target)
      : state_(state), arch_(*image.arch), types_(types), function_(function),
        callee_(target ? image.symbols.name_at(*target) : Names{}),
        proto_(target ? declared(image, types, *target) : std::nullopt) {}

  void apply(Identity id) {
    if (among(kCopying, callee_) || among(kSetting, callee_)) return write_memory();
    pass_arguments();
    forget_exposed(state_);
    clobber();
    retire(state_, id);
    auto result = types_.returned(callee_, function_);
    if (!result && proto_) result = proto_->result;
    state_.reg[arch_.result] = result ? Value::object(*result, Proof::returned, id) : Value{.id = id};
  }

private:
  MachineState& state_;
  const Arch& arch_;
  const Types& types_;
  const std::string& function_;
  const Names callee_;
  const std::optional<Prototype> proto_;

  Value& argument(size_t i) const { return state_.reg[arch_.arguments[i]]; }

  void clobber() {
    for (const Reg r : arch_.clobbered)
      state_.reg[r] = {};
  }

  void pass_arguments() {
    for (size_t i = 0; i < arch_.arguments.size(); i++) {
      const bool known = proto_ && i < proto_->parameters.size();
      if (const auto fact = filled(i)) {
        if (argument(i).may_be_frame()) expose(state_, argument(i), *fact);
        continue;
      }
      if (!proto_ || known) pass(argument(i), known ? &proto_->parameters[i] : nullptr);
    }
    pass_on_stack();
  }

  // What the source says of a parameter that is written to.
  std::optional<Target> filled(size_t parameter) const {
    for (const FillFact& fact : kFillFacts)
      if (callee_ == fact.callee && parameter == fact.parameter)
        return Target{.writes = Target::Writes::anything, .size = fact.size};
    return {};
  }

  void pass_on_stack() {
    const Value& sp = state_.reg[arch_.stack];
    const auto in_registers = static_cast<int64_t>(arch_.arguments.size());
    const int64_t count = proto_ ? static_cast<int64_t>(proto_->parameters.size()) - in_registers : 2;
    if (sp.kind != Kind::frame) return;
    for (int64_t i = 0; i < count; i++)
      if (const auto it = state_.slot.find(sp.offset + 8 * i); it != state_.slot.end()) pass(it->second, nullptr);
  }

  void pass(const Value v, const Parameter* p) {
    if (v.may_be_frame()) expose(state_, v, p ? p->target : Target{});
    if (!p || !p->pointee) return;
    if (v.may_be_frame() && types_.name(p->pointee->type) == "flowi") pass_flow(v, *p);
    if (frees(callee_, types_.name(p->pointee->type))) {
      if (v.kind != Kind::constant) kill_object(state_, v, p->pointee->type);
      return;
    }
    pass_object(v, *p);
  }

  // A callee that takes a constant flow looks something up with it; any other one decodes the packet into it.
  void pass_flow(const Value& v, const Parameter& p) {
    const bool reads = p.target.writes == Target::Writes::nothing, exact = v.kind == Kind::frame;
    const int64_t size = types_.size(p.pointee->type);
    if (!reads)
      overwrite(state_, exact ? v.offset : v.range().first, (exact ? v.offset : v.range().last) + size);
    else if (exact && !state_.flow)
      state_.flow = {v.offset, v.offset + size};
  }

  void pass_object(const Value v, const Parameter& p) {
    if (v.id == 0 || v.is_null()) return;
    const TypeId type = p.pointee->type;
    state_.each([&](Value& copy) {
      if (copy.kind == Kind::unknown && !copy.or_frame && copy.id == v.id) // wherever the callee's T* is kept
        copy = Value::object(*p.pointee, Proof::passed, v.id);
      if (copy.kind == Kind::pointer && copy.type == type && copy.offset == 0) copy.subject = copy.id == v.id;
    });
  }

  // memcpy(to, from, size) and memset(to, byte, size), both return `to`.
  void write_memory() {
    const Value to = argument(0), from = argument(1), size = argument(2);
    const bool known = size.kind == Kind::constant && size.offset >= 0 && size.offset < 1 << 20;
    if (to.kind == Kind::frame)
      overwrite(state_, to.offset, to.offset + (known ? size.offset : kLargestArray));
    else if (to.may_be_frame())
      kill_slots(state_, to.range().first, 0);
    if (among(kCopying, callee_) && to.kind == Kind::frame && from.kind == Kind::pointer && !from.or_frame)
      copy(to.offset, from, known ? size.offset : 8);
    clobber();
    state_.reg[arch_.result] = to;
  }

  // Pointers copied out of an object. A size that is only known at run time copies one element at least.
  void copy(int64_t to, const Value& from, int64_t size) {
    for (int64_t at = 0; at + 8 <= size; at += 8)
      if (const auto p = types_.member(from.type, from.offset + at, function_))
        state_.slot[to + at] = Value::object(*p, Proof::member, 0);
  }
};

} // namespace

bool never_returns(std::string_view function) {
  return among(kNeverReturning, function);
}
bool preserves_registers(std::string_view function, Processor processor) {
  return processor == Processor::x86_64 && among(kPreserving, function);
}

void expose(MachineState& state, const Value& address, const Target& to) {
  using Writes = Target::Writes;
  if (to.writes == Writes::nothing) return;
  const auto [first, last] = address.range();
  if (to.writes == Writes::pointers) return expose_part(state, first, last + kLargestArray, to.element);
  expose_part(state, first, to.size ? last + to.size : 0, Exposed::kAnything);
  if (to.writes == Writes::numbers) // it may be the first one of an array
    expose_part(state, last + to.size, last + kLargestArray, Exposed::kNumbers);
}

void apply_call(MachineState& state, const KernelImage& image, const Types& types, const std::string& function,
                std::optional<uint64_t> target, Identity id) {
  Call(state, image, types, function, target).apply(id);
}

} // namespace xs
