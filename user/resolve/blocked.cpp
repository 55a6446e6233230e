// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Runs a function from one instruction on, way by way, with the few numbers and pointers that are known there.
#include "blocked.hpp"
#include "known_facts.hpp"

#include <algorithm>

namespace xs {
namespace {

constexpr size_t kMostStates = 4096; // a function with more is given up
constexpr int64_t kLargestObject = 1 << 16;

class Run {
public:
  Run(const Graph& graph, const std::set<uint64_t>& goals, const Arch& arch, const SymbolTable& symbols)
      : graph_(graph), goals_(goals), arch_(arch), symbols_(symbols) {}

  bool from(uint64_t at) {
    const Insn& first = graph_.nodes.at(at).insn;
    Facts s;
    if (arch_.zero != kNoReg) s.reg[arch_.zero] = constant(0);
    if (const Op* op = minus_one(first))
      write(s, op->dst, zero_extended(constant(-1)));
    else
      apply(s, first);
    for (const uint64_t next : graph_.nodes.at(at).next)
      go(next, s);
    while (good_ && !todo_.empty()) {
      auto [here, state] = std::move(todo_.back());
      todo_.pop_back();
      step(here, std::move(state));
    }
    return good_ && came_;
  }

private:
  const Graph& graph_;
  const std::set<uint64_t>& goals_;
  const Arch& arch_;
  const SymbolTable& symbols_;
  std::vector<std::pair<uint64_t, Facts>> todo_;
  std::map<uint64_t, std::vector<Facts>> seen_;
  size_t states_ = 0;
  bool good_ = true, came_ = false;

  void go(uint64_t to, const Facts& s) {
    auto& known = seen_[to];
    if (std::ranges::find(known, s) != known.end()) return;
    known.push_back(s);
    good_ &= ++states_ < kMostStates;
    todo_.emplace_back(to, s);
  }

  void step(uint64_t at, Facts s) {
    if (goals_.contains(at)) {
      came_ = true;
      return;
    }
    const auto node = graph_.nodes.find(at);
    if (node == graph_.nodes.end()) {
      good_ = false;
      return;
    }
    const Insn& insn = node->second.insn;
    if (node->second.next.empty()) {
      good_ &= ends(insn, s);
      return;
    }
    if (insn.flow == Insn::Flow::branch) return branch(insn, node->second.next, s);
    apply(s, insn);
    for (const uint64_t next : node->second.next)
      go(next, s);
  }

  // Whether a way may end here: by returning an error, or because nothing is executed behind it.
  bool ends(const Insn& insn, const Facts& s) const {
    if (insn.padding || insn.flow == Insn::Flow::call) return true; // a call that does not return
    if (!is_return(insn, symbols_)) return false;
    const Fact& result = s.reg[arch_.result];
    return result.bits == 64 && (result.error || (result.number && *result.number > kErrors && *result.number < 0));
  }

  void branch(const Insn& insn, const std::vector<uint64_t>& next, Facts s) {
    if (insn.compared) ask(s, insn);
    const auto way = s.asked ? taken(insn.condition, *s.asked, s.answer) : std::nullopt;
    for (const bool jumps : {false, true}) {
      if (way && *way != jumps) continue;
      const uint64_t to = jumps ? insn.target.value_or(0) : insn.next();
      good_ &= std::ranges::find(next, to) != next.end(); // else it leaves the function
      Facts then = s;
      if (then.asked && !way) learn(then, insn.condition, jumps);
      if (good_) go(to, then);
    }
  }

  void apply(Facts& s, const Insn& insn) const {
    if (insn.flow == Insn::Flow::call) {
      for (const Reg r : arch_.clobbered)
        write(s, r, {});
      s.memory.clear();
      returned(s, insn.address);
    }
    if (insn.compared && insn.compared->reg == kNoReg) access(s, insn.compared->base, insn.compared->imm);
    if (insn.sets_flags) s.asked.reset();
    if (insn.compared) ask(s, insn);
    for (const Op& op : insn.ops)
      apply(s, insn, op);
    if (!s.asked) s.answer = {};
  }

  static void ask(Facts& s, const Insn& insn) {
    s.asked = insn.compared;
    s.answer = compared(s, *insn.compared);
  }

  // What the same call returned before is another value.
  void returned(Facts& s, uint64_t call) const {
    for (Fact& v : s.reg)
      if (v.call == call) v.call = 0;
    s.reg[arch_.result].call = call;
  }

  // Only an object can be accessed.
  void access(Facts& s, Reg base, int64_t at) const {
    if (base == kNoReg || base == arch_.stack || at < -kLargestObject || at > kLargestObject) return;
    change(s, base, [](Fact& v) { v.object = !v.number; });
  }

  void apply(Facts& s, const Insn& insn, const Op& op) const {
    using Kind = Op::Kind;
    const bool plain = op.index == kNoReg;
    switch (op.kind) {
    case Kind::move:
      return write(s, op.dst,
                   op.size == 8   ? Fact(s.reg[op.src])
                   : op.size == 4 ? zero_extended(s.reg[op.src])
                                  : Fact{});
    case Kind::constant:
      return write(s, op.dst, constant(op.imm));
    case Kind::number:
      return write(s, op.dst, op.src == kNoReg ? Fact{} : sign_extended(s.reg[op.src]));
    case Kind::load: {
      if (plain) access(s, op.base, op.imm);
      return write(s, op.dst, load(s, op));
    }
    case Kind::store: {
      if (plain) access(s, op.base, op.imm);
      const Fact v = op.src != kNoReg ? low_half(s.reg[op.src])
                     : insn.stored    ? low_half(constant(*insn.stored))
                                      : Fact{};
      return store(s, op, v);
    }
    case Kind::add:
    case Kind::mask:
    case Kind::choose:
    case Kind::clobber:
      return write(s, op.dst, {});
    case Kind::fill:
    case Kind::release:
      return s.memory.clear();
    case Kind::test:
    case Kind::count:
      return;
    }
  }
};

} // namespace

bool stores_minus_one(const Insn& insn) {
  return insn.stored == -1 &&
         std::ranges::any_of(insn.ops, [](const Op& op) { return op.kind == Op::Kind::store && op.size == 4; });
}

bool stores_minus_one(const Insn& insn, const MachineState& before) {
  const auto is_minus_one = [&](const Op& op) {
    if (op.kind != Op::Kind::store || op.size != 4 || op.src == kNoReg) return false;
    const Value& v = before.reg[op.src];
    return v.kind == Value::Kind::constant && static_cast<int32_t>(v.offset) == -1;
  };
  return stores_minus_one(insn) || std::ranges::any_of(insn.ops, is_minus_one);
}

const Op* minus_one(const Insn& insn) {
  const auto it = std::ranges::find_if(
      insn.ops, [](const Op& op) { return op.kind == Op::Kind::constant && static_cast<int32_t>(op.imm) == -1; });
  return it == insn.ops.end() ? nullptr : &*it;
}

bool may_reach(const Graph& graph, uint64_t at, const std::set<uint64_t>& goals) {
  std::set<uint64_t> seen;
  std::vector<uint64_t> todo{at};
  while (!todo.empty()) {
    const uint64_t here = todo.back();
    todo.pop_back();
    if (goals.contains(here)) return true;
    const auto node = graph.nodes.find(here);
    if (node == graph.nodes.end() || !seen.insert(here).second) continue;
    todo.insert(todo.end(), node->second.next.begin(), node->second.next.end());
  }
  return false;
}

bool surely_blocks(const Graph& graph, uint64_t at, const std::set<uint64_t>& goals, const Arch& arch,
                   const SymbolTable& symbols) {
  return Run(graph, goals, arch, symbols).from(at);
}

} // namespace xs
