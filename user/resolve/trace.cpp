// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Abstract interpretation of one kernel function: registers and stack slots by type, joined where paths meet.
#include "trace.hpp"

#include <algorithm>
#include <set>

namespace xs {
namespace {

using Kind = Value::Kind;

// Called from inline assembly that tells the compiler that no register changes.
constexpr std::string_view kPreserving[] = {"preempt_schedule",
                                            "preempt_schedule_notrace",
                                            "preempt_schedule_thunk",
                                            "preempt_schedule_notrace_thunk",
                                            "___preempt_schedule",
                                            "__SCT__preempt_schedule",
                                            "__SCT__preempt_schedule_notrace",
                                            "__fentry__"};
constexpr int64_t kEntryHook = 9; // a tracer's call sits within the first bytes: endbr64 (4) and a call (5)

class Walk {
public:
  Walk(const KernelImage& image, const Types& types, const Symbol& function)
      : image_(image), arch_(*image.arch), types_(types), symbol_(function), name_(source_name(function.name)) {}

  Trace run();

private:
  const KernelImage& image_;
  const Arch& arch_;
  const Types& types_;
  const Symbol& symbol_;
  const std::string name_;
  const std::optional<Types::Counters> counters_ = types_.counters();
  std::map<uint64_t, Insn> code_;
  std::set<uint64_t> leaders_;
  std::map<uint64_t, State> in_;
  std::vector<uint64_t> work_;
  Trace out_;

  void discover();
  State entry() const;
  bool stays(uint64_t target) const;
  std::vector<uint64_t> successors(const Insn& insn) const;
  void flow(uint64_t leader, bool collect);
  void step(State& state, const Insn& insn) const;
  void apply(State& state, const Op& op) const;
  Value loaded(const State& state, const Op& op) const;
  void store(State& state, const Op& op) const;
  void call(State& state, const Insn& insn) const;
  void escape(State& state, const Value& argument, const Parameter* parameter) const;
};

// A jump stays in the function if it lands in it or in its ".cold" part; elsewhere it is a tail call.
bool Walk::stays(uint64_t target) const {
  const Symbol* s = image_.around(target);
  if (!s || s->module != symbol_.module) return false;
  if (s == &symbol_) return true;
  return target != s->address ? source_name(s->name) == name_ : s->name == symbol_.name + ".cold";
}

std::vector<uint64_t> Walk::successors(const Insn& insn) const {
  std::vector<uint64_t> next;
  const bool falls = insn.flow != Insn::Flow::jump && insn.flow != Insn::Flow::end;
  if (falls) next.push_back(insn.next());
  const bool jumps = insn.flow == Insn::Flow::jump || insn.flow == Insn::Flow::branch;
  if (jumps && insn.target && stays(*insn.target)) next.push_back(*insn.target);
  return next;
}

// Decodes everything that can be reached.
void Walk::discover() {
  std::vector<uint64_t> todo{symbol_.address};
  leaders_.insert(symbol_.address);
  while (!todo.empty()) {
    const uint64_t at = todo.back();
    todo.pop_back();
    if (code_.contains(at)) continue;
    const auto insn = arch_.decode(image_.code(at), at);
    if (!insn) {
      out_.undecoded.push_back(at);
      continue;
    }
    code_.emplace(at, *insn);
    for (const uint64_t next : successors(*insn)) {
      if (next != insn->next() || insn->flow == Insn::Flow::branch) leaders_.insert(next);
      todo.push_back(next);
    }
  }
}

Value typed(const Parameter& p) {
  if (p.pointee) return Value::object(*p.pointee, Proof::argument);
  if (p.name == "family") return {.kind = Kind::scalar};
  return {};
}

State Walk::entry() const {
  State s;
  s.reg[arch_.stack] = Value::in_frame(0);
  if (reshaped(symbol_.name)) return s;
  const auto proto = types_.prototype(name_);
  if (!proto) return s;
  for (size_t i = 0; i < proto->parameters.size(); i++) {
    const Value v = typed(proto->parameters[i]);
    const auto above = static_cast<int64_t>(i) - static_cast<int64_t>(arch_.arguments.size());
    if (above < 0)
      s.reg[arch_.arguments[i]] = v;
    else if (v.kind != Kind::unknown)
      s.slot[arch_.stack_arguments + 8 * above] = v;
  }
  return s;
}

Value Walk::loaded(const State& state, const Op& op) const {
  const Value& base = state.reg[op.base];
  if (base.kind == Kind::frame) {
    const auto it = state.slot.find(base.offset + op.imm);
    const bool whole = op.size == 8 || (it != state.slot.end() && it->second.kind == Kind::scalar);
    return it != state.slot.end() && whole ? it->second : Value{};
  }
  if (op.size != 8) return {};
  if (base.kind == Kind::unknown && counters_ && op.imm == counters_->offset)
    return Value::object(counters_->pointee, Proof::layout);
  if (base.kind != Kind::pointer || base.or_frame) return {};
  const auto p = types_.member(base.type, base.offset + op.imm, name_);
  return p ? Value::object(*p, Proof::member) : Value{};
}

void Walk::store(State& state, const Op& op) const {
  const Value& base = state.reg[op.base];
  if (base.kind != Kind::frame) return; // spilled registers are never written through other pointers
  const int64_t at = base.offset + op.imm;
  forget_slots(state, at, op.size);
  if (op.src == kNoReg) return;
  const Value& v = state.reg[op.src];
  if (v.kind == Kind::scalar || (op.size == 8 && v.kind != Kind::unknown)) state.slot[at] = v;
}

Value added(Value v, int64_t imm) {
  if (v.kind == Kind::scalar || v.or_frame) return {};
  if (v.kind != Kind::unknown && v.kind != Kind::cursor)
    v.offset = static_cast<int64_t>(static_cast<uint64_t>(v.offset) + static_cast<uint64_t>(imm));
  return v;
}

// A mask that only clears tag bits leaves a pointer what it is.
Value masked(const Value& v, int64_t mask) {
  const bool tags_only = (mask | 7) == -1;
  if (v.kind == Kind::pointer && v.offset == 0 && tags_only) return v;
  if (v.kind == Kind::scalar && (mask & 0xff) == 0xff) return v;
  return v.is_null() ? v : Value{};
}

void Walk::apply(State& state, const Op& op) const {
  Value& dst = state.reg[op.dst == kNoReg ? 0 : op.dst];
  switch (op.kind) {
  case Op::Kind::move: {
    const Value& src = state.reg[op.src];
    dst = op.size == 8 || src.kind == Kind::scalar || src.is_null() ? src : Value{};
    break;
  }
  case Op::Kind::constant:
    dst = Value::number(op.imm);
    break;
  case Op::Kind::add:
    dst = added(state.reg[op.base], op.imm);
    break;
  case Op::Kind::mask:
    dst = masked(dst, op.imm);
    break;
  case Op::Kind::load:
    dst = loaded(state, op);
    break;
  case Op::Kind::store:
    store(state, op);
    break;
  case Op::Kind::fill: {
    const Value &base = state.reg[op.base], &times = state.reg[op.src];
    const int64_t size = times.kind == Kind::constant ? times.offset * op.size : 1 << 20;
    if (base.kind == Kind::frame) forget_slots(state, base.offset, size);
    break;
  }
  case Op::Kind::choose:
    dst = join(dst, state.reg[op.src]);
    break;
  case Op::Kind::clobber:
    dst = {};
    break;
  case Op::Kind::count:
    break;
  }
}

// The callee may write what a pointer into our frame points to.
void Walk::escape(State& state, const Value& argument, const Parameter* parameter) const {
  if (argument.kind != Kind::frame) return;
  constexpr int64_t kArray = 64; // pointers, counters and arrays of pointers (at most XFRM_MAX_DEPTH of them)
  const bool object = parameter && parameter->pointee;
  forget_slots(state, argument.offset, std::max(object ? types_.size(parameter->pointee->type) : 0, kArray));
}

void Walk::call(State& state, const Insn& insn) const {
  const std::string callee(insn.target ? image_.symbols.name_at(*insn.target) : "");
  if (std::ranges::find(kPreserving, callee) != std::end(kPreserving)) return;
  if (insn.address < symbol_.address + kEntryHook && insn.address >= symbol_.address) return;
  const auto proto = !callee.empty() && !reshaped(callee) ? types_.prototype(callee) : std::nullopt;
  for (size_t i = 0; i < arch_.arguments.size(); i++) {
    const bool known = proto && i < proto->parameters.size();
    if (!proto || known) escape(state, state.reg[arch_.arguments[i]], known ? &proto->parameters[i] : nullptr);
  }
  for (const Reg r : arch_.clobbered)
    state.reg[r] = {};
  if (proto && proto->result) state.reg[arch_.result] = Value::object(*proto->result, Proof::returned);
}

void Walk::step(State& state, const Insn& insn) const {
  if (insn.flow == Insn::Flow::call) call(state, insn);
  for (const Op& op : insn.ops)
    apply(state, op);
}

// Runs one block from its start, hands what is known at its end to its successors, or collects its increments.
void Walk::flow(uint64_t leader, bool collect) {
  State state = in_.at(leader);
  for (auto it = code_.find(leader); it != code_.end();) {
    const Insn& insn = it->second;
    for (const Op& op : insn.ops)
      if (collect && op.kind == Op::Kind::count) out_.increments.push_back({insn.address, op, state});
    step(state, insn);
    const std::vector<uint64_t> next = successors(insn);
    const bool straight = next.size() == 1 && next[0] == insn.next() && !leaders_.contains(next[0]);
    if (straight) {
      it = code_.find(next[0]);
      continue;
    }
    for (const uint64_t to : collect ? std::vector<uint64_t>{} : next) {
      const auto [at, fresh] = in_.try_emplace(to, state);
      if (fresh || join_into(at->second, state)) work_.push_back(to);
    }
    return;
  }
}

Trace Walk::run() {
  discover();
  in_.emplace(symbol_.address, entry());
  work_.push_back(symbol_.address);
  while (!work_.empty()) {
    const uint64_t leader = work_.back();
    work_.pop_back();
    flow(leader, false);
  }
  for (const uint64_t leader : leaders_)
    if (in_.contains(leader)) flow(leader, true);
  std::ranges::sort(out_.increments, {}, &Increment::address);
  return std::move(out_);
}

} // namespace

Trace trace(const KernelImage& image, const Types& types, const Symbol& function) {
  return Walk(image, types, function).run();
}

} // namespace xs
