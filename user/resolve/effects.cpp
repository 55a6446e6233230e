// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Applies instructions to registers and stack slots.
#include "effects.hpp"
#include "callers.hpp"
#include "calls.hpp"
#include "facts.hpp"

#include <algorithm>

namespace xs {
namespace {

using Kind = Value::Kind;

Value typed(const Parameter& p, Identity id) {
  if (p.pointee) return Value::object(*p.pointee, Proof::argument, id);
  if (p.integer && p.name == "family") return {.kind = Kind::family};
  return {};
}

// What is left of a value that went into arithmetic that is not followed: it may still point into the own frame.
Value moved(const Value& v, const Value& other = {}) {
  Value out = with_frames({}, v, other);
  if (out.or_frame) out.reach = Reach::around;
  return out;
}

Value truncated(const Value& v, uint16_t size) {
  const int64_t mask = (int64_t{1} << (8 * size)) - 1;
  return v.kind == Kind::constant ? Value::constant(v.offset & mask) : Value::number(Value::kWord);
}

constexpr int64_t kDeepest = 1 << 20; // no frame is larger

// A step from element to element stays in its array, which the range has room for; a larger one leads elsewhere, as far
// from the start of an array there as it was here. Where a loop takes it again and again, the address may soon be
// anywhere in the frame.
Value shifted(Value cursor, int64_t imm) {
  constexpr int64_t kLarge = 4096;
  const bool step = imm > -kLargestArray && imm < kLargestArray;
  if (step || cursor.reach != Reach::element) cursor.reach = Reach::around;
  if (step) return cursor;
  const int64_t first = cursor.first + imm, last = cursor.last + imm;
  const bool near = imm > -kLarge && imm < kLarge && first > -kDeepest && last < kDeepest;
  const bool wide = cursor.last - cursor.first > kLarge || !near;
  cursor.first = static_cast<int32_t>(wide ? -kDeepest : first);
  cursor.last = static_cast<int32_t>(wide ? kDeepest : last);
  return cursor;
}

Value added(Value v, int64_t imm) {
  if (imm == 0) return v;
  if (v.kind == Kind::unknown) return v.or_frame ? shifted(moved(v), imm) : Value{};
  if (v.or_frame) v = shifted(v, imm);
  if (v.kind == Kind::family) return Value::number(Value::kWord);
  if (v.kind == Kind::cursor) return shifted(v, imm);
  if (v.kind == Kind::number) return v;
  v.offset = static_cast<int64_t>(static_cast<uint64_t>(v.offset) + static_cast<uint64_t>(imm));
  if (v.kind != Kind::frame) return v;
  return v.offset > -kDeepest && v.offset < kDeepest ? Value::in_frame(v.offset) : Value{};
}

// The identity of what an instruction makes; further ones follow it.
Identity came_from(const Insn& insn) {
  return (insn.address & 0xffffffffffff) << 4;
}

} // namespace

uint64_t origin(Identity id) {
  return id & kMerged ? 0 : 0xffff000000000000 | id >> 4;
}

namespace {

int64_t log2_of(int64_t scale) {
  int64_t n = 0;
  for (scale = scale < 0 ? -scale : scale; scale > 1; scale /= 2)
    n++;
  return n;
}

// A number times a small scale is a number; an address in the own frame plus one stays in the frame.
Value added(const Value& base, const Value& index, int64_t scale) {
  if (index.is_null()) return base;
  const auto bits = index.bits();
  if (!bits) return moved(base, index);
  if (base.kind == Kind::frame || base.kind == Kind::cursor) {
    Value out = with_frames({.kind = Kind::cursor}, base, base);
    out.reach = std::max(out.reach, Reach::element);
    return out;
  }
  if (const auto more = base.bits())
    return Value::number(std::max(*more, *bits + log2_of(scale)) + (base.is_null() ? 0 : 1));
  return moved(base);
}

// A stack pointer rounded down: at which of the multiples of 8 it ends up is only known at run time. The lowest is
// taken, and everything that is reached through it is as far from it as the code says.
std::optional<Value> aligned(const Value& v, int64_t mask) {
  const bool power = mask < 0 && mask >= -64 && (-mask & (-mask - 1)) == 0;
  if (v.kind != Kind::frame || !power) return {};
  return Value::in_frame(v.offset - std::max<int64_t>(-mask - 8, 0));
}

// A mask that only clears tag bits leaves a pointer what it is.
Value masked(const Value& v, int64_t mask) {
  const bool tags_only = (mask | 7) == -1;
  if (v.kind == Kind::pointer && v.offset == 0 && tags_only) return v;
  if (v.kind == Kind::family && (mask & 0xff) == 0xff) return v;
  if (v.is_null()) return v;
  if (const auto frame = aligned(v, mask)) return *frame;
  if (mask >= 0 && mask < int64_t{1} << Value::kWord) return Value::number(Value::kWord);
  return v.bits() ? Value::number(*v.bits()) : moved(v);
}

} // namespace

namespace {

// What may stand before the call at a function's start: endbr64; on arm64 `mov x9, lr`, or the NOP in its place.
bool before_tracer(const Insn& insn, const Arch& arch) {
  if (insn.ops.empty()) return true;
  return arch.link != kNoReg && insn.ops.size() == 1 && insn.ops[0].kind == Op::Kind::move &&
         insn.ops[0].src == arch.link;
}

} // namespace

Effects::Effects(const KernelImage& image, const Types& types, const Symbol& function)
    : image_(image), arch_(*image.arch), types_(types), symbol_(function), name_(source_name(function.name)),
      counters_(types.counters()) {
  const auto first = image.insn(function.address);
  if (first && first->flow == Insn::Flow::next && before_tracer(*first, arch_)) entry_hook_ = first->next();
}

MachineState Effects::entry() const {
  MachineState s;
  for (Reg r = 0; loses_flow(name_) && r < kMaxRegs; r++)
    if (preserved(r, arch_)) s.reg[r] = {.id = of_caller(r)};
  s.reg[arch_.stack] = Value::in_frame(0);
  if (arch_.zero != kNoReg) s.reg[arch_.zero] = Value::constant(0);
  if (arch_.link != kNoReg) s.reg[arch_.link] = {.id = of_caller(arch_.link)};
  if (changed_abi(symbol_.name)) return s;
  const auto proto = types_.prototype(name_);
  if (!proto) return s;
  for (size_t i = 0; i < proto->parameters.size(); i++) {
    const Value v = typed(proto->parameters[i], i + 1);
    const auto above = static_cast<int64_t>(i) - static_cast<int64_t>(arch_.arguments.size());
    if (above < 0)
      s.reg[arch_.arguments[i]] = v;
    else if (v.kind != Kind::unknown)
      s.slot[arch_.stack_arguments + 8 * above] = v;
  }
  return s;
}

bool Effects::returns(const Insn& insn) const {
  return insn.flow != Insn::Flow::call || !insn.target || !never_returns(image_.symbols.name_at(*insn.target));
}

Value Effects::sum(const MachineState& state, const Op& op) const {
  const Value base = op.base == kNoReg ? Value::constant(0) : state.reg[op.base];
  if (op.index == kNoReg) return added(base, op.imm);
  const Value& index = state.reg[op.index];
  if (base.kind == Kind::frame) return added(added(base, op.imm), index, op.scale); // exact up to the array's start
  return added(added(base, index, op.scale), op.imm);
}

Value Effects::from_slot(const MachineState& state, const Op& op, int64_t at, Identity id) const {
  const auto it = state.slot.find(at);
  if (it == state.slot.end()) return op.size == 8 ? Value{.id = id} : Value::number(Value::kWord);
  if (op.size == 8 || it->second.kind == Kind::family || it->second.is_null()) return it->second;
  return Value::number(Value::kWord);
}

Value Effects::loaded(const MachineState& state, const Op& op, Identity id) const {
  const Value base = op.base == kNoReg ? Value{} : state.reg[op.base];
  if (base.kind == Kind::frame && op.index == kNoReg) return from_slot(state, op, base.offset + op.imm, id);
  if (op.size != 8) return Value::number(Value::kWord);
  if (base.kind == Kind::unknown && op.index == kNoReg && counters_ && op.imm == counters_->offset)
    return Value::object(counters_->pointee, Proof::layout, id);
  if (base.kind != Kind::pointer || base.or_frame) return {.id = id};
  const bool element = op.index != kNoReg;
  if (element && op.scale != 8) return {.id = id};
  const auto p = types_.member(base.type, base.offset + op.imm, name_, element);
  return p ? Value::object(*p, Proof::member, id) : Value{.id = id};
}

void Effects::store(MachineState& state, const Op& op) const {
  static const Value unknown;
  const Value& src = op.src == kNoReg ? unknown : state.reg[op.src];
  const Value& base = op.base == kNoReg ? unknown : state.reg[op.base];
  const bool indexed = op.index != kNoReg;
  if (base.kind == Kind::frame && !indexed) {
    const int64_t at = base.offset + op.imm;
    overwrite(state, at, at + op.size);
    if (src.kind == Kind::family || (op.size == 8 && !src.knows_nothing())) state.slot[at] = src;
    return;
  }
  const bool by_index = indexed && state.reg[op.index].may_be_frame();
  if (base.kind == Kind::frame && !by_index) { // an element of an array that starts here, or at the next element
    kill_slots(state, base.offset + op.imm - op.size, base.offset + op.imm + kLargestArray);
  } else if (base.may_be_frame() || by_index) {
    Value to = with_frames({}, base, by_index ? state.reg[op.index] : base);
    if (indexed) to.reach = std::max(to.reach, Reach::element);
    const auto [first, last] = to.range();
    kill_slots(state, first + op.imm, last + op.imm + op.size);
  }
  if (src.may_be_frame()) expose(state, src, {});
}

void ask(MachineState& state, const Op& op) {
  Value v = op.dst == kNoReg ? Value{} : state.reg[op.dst];
  if (op.dst == kNoReg && op.base != kNoReg && state.reg[op.base].kind == Kind::frame) {
    const auto it = state.slot.find(state.reg[op.base].offset + op.imm);
    if (it != state.slot.end()) v = it->second;
  }
  state.asked = {.id = v.offset == 0 ? v.id : 0, .null = op.size == 0};
}

// An object whose count of references falls may be gone.
void release(MachineState& state, const Op& op) {
  const Value& base = op.base == kNoReg ? Value{} : state.reg[op.base];
  const bool falls = op.src == kNoReg || state.reg[op.src] == Value::constant(0xffffffff);
  if (falls && base.kind == Kind::pointer) kill_object(state, base, base.type);
}

void Effects::fill(MachineState& state, const Op& op) const {
  const Value &base = state.reg[op.base], &times = state.reg[op.src];
  const bool known = times.kind == Kind::constant && times.offset >= 0 && times.offset < 1 << 20;
  if (base.kind == Kind::frame)
    overwrite(state, base.offset, known ? base.offset + times.offset * op.size : INT64_MAX);
  else if (base.may_be_frame())
    kill_slots(state, base.range().first, INT64_MAX);
}

void Effects::apply(MachineState& state, const Op& op, Identity id) const {
  Value& dst = state.reg[op.dst == kNoReg ? 0 : op.dst];
  switch (op.kind) {
  case Op::Kind::move: {
    const Value& src = state.reg[op.src];
    dst = op.size == 8 || src.kind == Kind::family ? src : truncated(src, op.size);
    break;
  }
  case Op::Kind::constant:
    dst = Value::constant(op.imm);
    break;
  case Op::Kind::number:
    dst = Value::number(Value::kWord);
    break;
  case Op::Kind::add:
    dst = sum(state, op);
    break;
  case Op::Kind::mask:
    dst = masked(dst, op.imm);
    break;
  case Op::Kind::load: {
    const Value v = loaded(state, op, id);
    if (v.id == id) retire(state, id);
    dst = v;
    break;
  }
  case Op::Kind::store:
    store(state, op);
    break;
  case Op::Kind::fill:
    fill(state, op);
    break;
  case Op::Kind::choose:
    dst = join(dst, state.reg[op.src]);
    break;
  case Op::Kind::clobber:
    dst = {};
    break;
  case Op::Kind::release:
    release(state, op);
    break;
  case Op::Kind::test:
    ask(state, op);
    break;
  case Op::Kind::count:
    break;
  }
}

void answer(MachineState& state, const Insn& branch, bool taken) {
  using Condition = Insn::Condition;
  const auto id = state.asked.id;
  const bool null = state.asked.null;
  const Condition asked = branch.condition;
  const bool yes = null ? asked == Condition::equal : is_error_way(asked);
  const bool no = null ? asked == Condition::unequal : is_pointer_way(asked);
  if (id == 0 || !(taken ? yes : no)) return;
  state.each([&](Value& v) {
    if (v.id != id || v.may_be_frame() || v.kind == Kind::family) return;
    v = null && v.offset == 0 ? Value::constant(0) : Value::number(Value::kWord);
  });
}

void Effects::call(MachineState& state, const Insn& insn) const {
  const std::string_view callee = insn.target ? image_.symbols.name_at(*insn.target) : std::string_view{};
  if (preserves_registers(callee, arch_.processor)) return;
  if (insn.address == symbol_.address || insn.address == entry_hook_) return; // a tracer's
  apply_call(state, image_, types_, name_, insn.target, came_from(insn));
}

// True if a number is used as an address: this way through the function cannot be taken.
bool Effects::faults(const MachineState& state, const Op& op) const {
  constexpr int64_t kFar = 1 << 20; // beyond, it is an index into a table at that address
  const bool accesses = op.kind == Op::Kind::load || op.kind == Op::Kind::store;
  if (!accesses || op.base == kNoReg || op.index != kNoReg || op.imm <= -kFar || op.imm >= kFar) return false;
  return state.reg[op.base].bits().has_value();
}

bool Effects::step(MachineState& state, const Insn& insn) const {
  if (insn.sets_flags) state.asked = {};
  if (insn.flow == Insn::Flow::call) call(state, insn);
  Identity id = came_from(insn);
  for (const Op& op : insn.ops) {
    if (faults(state, op)) return false;
    apply(state, op, ++id);
  }
  return true;
}

} // namespace xs
