// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Abstract interpretation of one kernel function: registers and stack slots by type, joined where paths meet.
#include "trace.hpp"
#include "effects.hpp"

#include <algorithm>
#include <set>

namespace xs {
namespace {

class Walk {
public:
  Walk(const KernelImage& image, const Types& types, const Symbol& function)
      : image_(image), arch_(*image.arch), symbol_(function), effects_(image, types, function) {}

  Trace run();

private:
  const KernelImage& image_;
  const Arch& arch_;
  const Symbol& symbol_;
  const Effects effects_;
  std::map<uint64_t, Insn> code_;
  std::set<uint64_t> leaders_;
  std::map<uint64_t, State> in_;
  std::vector<uint64_t> work_;
  Trace out_;

  void discover();
  bool stays(uint64_t target) const;
  std::vector<uint64_t> successors(const Insn& insn) const;
  void flow(uint64_t leader, bool collect);
  void hand_over(const Insn& insn, State state, uint64_t to);
};

// A jump stays in the function if it lands in it or in its ".cold" part; elsewhere, and at its first instruction, it
// is a tail call.
bool Walk::stays(uint64_t target) const {
  const Symbol* s = image_.around(target);
  if (!s || s->module != symbol_.module || target == symbol_.address) return false;
  if (s->address == symbol_.address) return true;
  return target != s->address ? source_name(s->name) == source_name(symbol_.name) : s->name == symbol_.name + ".cold";
}

std::vector<uint64_t> Walk::successors(const Insn& insn) const {
  std::vector<uint64_t> next;
  const bool ends = insn.flow == Insn::Flow::jump || insn.flow == Insn::Flow::end || !effects_.returns(insn);
  // What runs into another symbol was a call that never returns.
  if (!ends && image_.around(insn.address) == image_.around(insn.next())) next.push_back(insn.next());
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

// Runs one block from its start, hands what is known at its end to its successors, or collects its increments.
void Walk::flow(uint64_t leader, bool collect) {
  State state = in_.at(leader);
  for (auto it = code_.find(leader); it != code_.end();) {
    const Insn& insn = it->second;
    for (const Op& op : insn.ops)
      if (collect && op.kind == Op::Kind::count) out_.increments.push_back({insn.address, op, state});
    effects_.step(state, insn);
    const std::vector<uint64_t> next = successors(insn);
    const bool straight = next.size() == 1 && next[0] == insn.next() && !leaders_.contains(next[0]);
    if (straight) {
      it = code_.find(next[0]);
      continue;
    }
    for (const uint64_t to : collect ? std::vector<uint64_t>{} : next)
      hand_over(insn, state, to);
    return;
  }
}

void Walk::hand_over(const Insn& insn, State state, uint64_t to) {
  if (insn.flow == Insn::Flow::branch && insn.target != insn.next()) answer(state, insn, to == insn.target);
  enter(state, to);
  const auto [at, fresh] = in_.try_emplace(to, state);
  if (fresh || join_into(at->second, state, to)) work_.push_back(to);
}

Trace Walk::run() {
  discover();
  in_.emplace(symbol_.address, effects_.entry());
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
