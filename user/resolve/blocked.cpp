// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Runs a function from one instruction on, way by way, with the few numbers and pointers that are known there.
#include "blocked.hpp"

#include <algorithm>
#include <array>

namespace xs {
namespace {

using Condition = Insn::Condition;

constexpr size_t kMostStates = 4096; // a function with more is given up
constexpr int64_t kLargestObject = 1 << 16;

// What is known of a register, or of 32 bits of memory.
struct Fact {
  std::optional<int64_t> number; // sign-extended from `bits`
  int bits = 64;                 // 32: the upper half is unknown
  bool object = false;           // something was accessed through it: neither NULL nor an error pointer
  bool pointer = false;          // no error pointer
  bool error = false;            // an error pointer; 32 bits: the lower half of one
  uint64_t call = 0;             // the one that it is the result of; copies have the same
  bool operator==(const Fact&) const = default;
};

Fact constant(int64_t n) {
  return {.number = n};
}

Fact low_half(Fact v) {
  if (v.number) return {.number = static_cast<int32_t>(*v.number), .bits = 32};
  return v.error ? Fact{.number = {}, .bits = 32, .error = true} : Fact{};
}

// A 32-bit write clears the upper half.
Fact zero_extended(const Fact& v) {
  const Fact low = low_half(v);
  return low.number ? constant(static_cast<uint32_t>(*low.number)) : low;
}

Fact sign_extended(const Fact& v) {
  const Fact low = low_half(v);
  return low.number ? constant(*low.number) : Fact{.number = {}, .error = low.error};
}

// Where a number is in memory.
struct Word {
  Reg base = kNoReg;
  int64_t at = 0;
  auto operator<=>(const Word&) const = default;
};

struct State {
  std::array<Fact, kMaxRegs> reg{};
  std::map<Word, Fact> memory; // 32 bits each
  std::optional<Compared> asked;
  Fact answer; // of what was asked, when it was asked
  bool operator==(const State& o) const {
    const auto key = [](const std::optional<Compared>& c) {
      return c ? std::tuple(c->reg, c->size, c->number) : std::tuple(kNoReg, uint16_t{0}, 0);
    };
    return reg == o.reg && memory == o.memory && key(asked) == key(o.asked) && answer == o.answer;
  }
};

void write(State& s, Reg r, const Fact& v) {
  s.reg[r] = v;
  std::erase_if(s.memory, [r](const auto& one) { return one.first.base == r; });
  if (s.asked && s.asked->reg == r) s.asked->reg = kNoReg; // what was asked is not this any more
}

// Whatever becomes known of a register holds for its copies.
template <class Change> void change(State& s, Reg r, Change&& apply) {
  const uint64_t call = s.reg[r].call;
  apply(s.reg[r]);
  for (Fact& v : s.reg)
    if (call && v.call == call) apply(v);
}

// What stands at other registers' addresses may be the same memory.
void store(State& s, const Op& op, const Fact& v) {
  std::erase_if(s.memory, [&](const auto& one) {
    const auto& [word, fact] = one;
    return word.base != op.base || op.index != kNoReg || (word.at < op.imm + op.size && op.imm < word.at + 4);
  });
  if (op.base != kNoReg && op.index == kNoReg && op.size == 4 && v != Fact{}) s.memory[{op.base, op.imm}] = v;
}

Fact load(const State& s, const Op& op) {
  const auto it = op.index == kNoReg && op.size == 4 ? s.memory.find({op.base, op.imm}) : s.memory.end();
  return it == s.memory.end() ? Fact{} : zero_extended(it->second);
}

Fact compared(const State& s, const Compared& c) {
  if (c.reg != kNoReg) return c.size == 8 ? s.reg[c.reg] : low_half(s.reg[c.reg]);
  const auto it = c.size == 4 ? s.memory.find({c.base, c.imm}) : s.memory.end();
  return it == s.memory.end() ? Fact{} : it->second;
}

std::optional<bool> decide(Condition condition, int64_t a, int64_t b) {
  switch (condition) {
  case Condition::equal:
    return a == b;
  case Condition::unequal:
    return a != b;
  case Condition::above:
    return static_cast<uint64_t>(a) > static_cast<uint64_t>(b);
  case Condition::not_above:
    return static_cast<uint64_t>(a) <= static_cast<uint64_t>(b);
  case Condition::negative:
    return b == 0 ? std::optional(a < 0) : std::nullopt;
  case Condition::not_negative:
    return b == 0 ? std::optional(a >= 0) : std::nullopt;
  case Condition::less:
    return a < b;
  case Condition::not_less:
    return a >= b;
  case Condition::greater:
    return a > b;
  case Condition::not_greater:
    return a <= b;
  case Condition::other:
    return {};
  }
  return {};
}

// Whether the branch is taken; none: both may be.
std::optional<bool> taken(Condition condition, const Compared& c, const Fact& v) {
  if (v.number && (v.bits == 64 || c.size == 4)) return decide(condition, *v.number, c.number);
  if (c.size == 8 && c.number == kErrors && (v.error || v.object || v.pointer))
    return decide(condition, v.error ? -1 : kErrors, kErrors);
  if (c.number == 0 && v.error) return decide(condition, -1, 0);
  if (c.number == 0 && c.size == 8 && v.object && (condition == Condition::equal || condition == Condition::unequal))
    return condition == Condition::unequal;
  return {};
}

// What the way that is taken says of what was asked.
void learn(State& s, Condition condition, bool taken) {
  const Compared& c = *s.asked;
  if (c.reg == kNoReg || c.size != 8) return;
  if (condition == (taken ? Condition::equal : Condition::unequal))
    return change(s, c.reg, [&](Fact& v) { v.number = c.number; });
  if (c.number != kErrors) return;
  const bool error = condition == (taken ? Condition::above : Condition::not_above);
  const bool pointer = condition == (taken ? Condition::not_above : Condition::above);
  change(s, c.reg, [&](Fact& v) {
    v.error |= error;
    v.pointer |= pointer;
  });
}

class Run {
public:
  Run(const Graph& graph, const std::set<uint64_t>& goals, const Arch& arch, const SymbolTable& symbols)
      : graph_(graph), goals_(goals), arch_(arch), symbols_(symbols) {}

  bool from(uint64_t at) {
    const Insn& first = graph_.nodes.at(at).insn;
    State s;
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
  std::vector<std::pair<uint64_t, State>> todo_;
  std::map<uint64_t, std::vector<State>> seen_;
  size_t states_ = 0;
  bool good_ = true, came_ = false;

  void go(uint64_t to, const State& s) {
    auto& known = seen_[to];
    if (std::ranges::find(known, s) != known.end()) return;
    known.push_back(s);
    good_ &= ++states_ < kMostStates;
    todo_.emplace_back(to, s);
  }

  void step(uint64_t at, State s) {
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
  bool ends(const Insn& insn, const State& s) const {
    if (insn.padding || insn.flow == Insn::Flow::call) return true; // a call that does not return
    if (!is_return(insn, symbols_)) return false;
    const Fact& result = s.reg[arch_.result];
    return result.bits == 64 && (result.error || (result.number && *result.number > kErrors && *result.number < 0));
  }

  void branch(const Insn& insn, const std::vector<uint64_t>& next, const State& s) {
    const auto way = s.asked ? taken(insn.condition, *s.asked, s.answer) : std::nullopt;
    for (const bool jumps : {false, true}) {
      if (way && *way != jumps) continue;
      const uint64_t to = jumps ? insn.target.value_or(0) : insn.next();
      good_ &= std::ranges::find(next, to) != next.end(); // else it leaves the function
      State then = s;
      if (then.asked && !way) learn(then, insn.condition, jumps);
      if (good_) go(to, then);
    }
  }

  void apply(State& s, const Insn& insn) const {
    if (insn.flow == Insn::Flow::call) {
      for (const Reg r : arch_.clobbered)
        write(s, r, {});
      s.memory.clear();
      returned(s, insn.address);
    }
    const auto asked = insn.compared;
    if (asked && asked->reg == kNoReg) access(s, asked->base, asked->imm);
    if (insn.sets_flags) s.asked.reset();
    if (asked) {
      s.asked = asked;
      s.answer = compared(s, *asked);
    }
    for (const Op& op : insn.ops)
      apply(s, insn, op);
    if (!s.asked) s.answer = {};
  }

  // What the same call returned before is another value.
  void returned(State& s, uint64_t call) const {
    for (Fact& v : s.reg)
      if (v.call == call) v.call = 0;
    s.reg[arch_.result].call = call;
  }

  // Only an object can be accessed.
  void access(State& s, Reg base, int64_t at) const {
    if (base == kNoReg || base == arch_.stack || at < -kLargestObject || at > kLargestObject) return;
    change(s, base, [](Fact& v) { v.object = !v.number; });
  }

  void apply(State& s, const Insn& insn, const Op& op) const {
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
