// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Abstract interpretation of one kernel function: registers and stack slots by type, joined where paths meet.
#include "trace.hpp"
#include "blocked.hpp"
#include "effects.hpp"
#include "facts.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
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
  Graph graph_;
  std::set<uint64_t> leaders_;
  std::map<uint64_t, MachineState> in_;
  std::set<uint64_t> work_;                         // leaders whose state has changed
  std::vector<uint64_t> holes_;                     // leaders that no instruction is seen to lead to
  std::map<uint64_t, std::vector<uint64_t>> leads_; // by increment
  std::set<uint64_t> is_lead_;
  const bool blocking_ = source_name(symbol_.name) == kBlockingFunction;
  const bool looks_up_ = source_name(symbol_.name) == kLookupFunction;
  const bool transforms_ = source_name(symbol_.name) == kTransformFunction;
  Trace out_;

  void discover(uint64_t start);
  void discover_holes();
  void drop_unreachable();
  bool may_be_key(const Insn& insn) const;
  bool reaches(const std::function<bool(const Insn&)>& wanted) const;
  void enter_holes(const Insn& insn, const MachineState& state);
  void enter_anyhow();
  void settle();
  std::optional<uint64_t> hole(uint64_t at) const;
  bool leaves_for_nowhere(const Insn& insn) const;
  bool stays(uint64_t target) const;
  const std::vector<uint64_t>* through(const Insn& insn) const;
  bool is_blind_jump(const Insn& insn) const;
  bool leaves_frame(const MachineState& state) const;
  std::vector<uint64_t> successors(const Insn& insn) const;
  void flow(uint64_t leader);
  void collect(uint64_t leader);
  bool calls_flow_losing(const Insn& insn) const;
  void hand_over(const Insn& insn, MachineState state, uint64_t to);
};

// A jump stays in the function if it lands in it or in its ".cold" part; elsewhere, and at its first instruction, it
// is a tail call.
bool Walk::stays(uint64_t target) const {
  const Symbol* s = image_.around(target);
  if (!s || s->module != symbol_.module || target == symbol_.address) return false;
  if (s->address == symbol_.address) return true;
  return target != s->address ? source_name(s->name) == source_name(symbol_.name) : s->name == symbol_.name + ".cold";
}

// Where a jump through a table leads to; nullptr: that is not known.
const std::vector<uint64_t>* Walk::through(const Insn& insn) const {
  const auto found = insn.table ? image_.tables.find(*insn.table) : image_.tables.end();
  return found != image_.tables.end() ? &found->second : nullptr;
}

std::vector<uint64_t> Walk::successors(const Insn& insn) const {
  std::vector<uint64_t> next;
  const bool ends = insn.flow == Insn::Flow::jump || insn.flow == Insn::Flow::end || !effects_.returns(insn);
  // What runs into another symbol was a call that never returns.
  if (!ends && image_.around(insn.address) == image_.around(insn.next())) next.push_back(insn.next());
  const bool jumps = insn.flow == Insn::Flow::jump || insn.flow == Insn::Flow::branch;
  const bool elsewhere = insn.target && (next.empty() || *insn.target != insn.next());
  if (jumps && elsewhere && stays(*insn.target)) next.push_back(*insn.target);
  if (const auto* targets = through(insn))
    std::ranges::copy_if(*targets, std::back_inserter(next), [&](uint64_t target) {
      return stays(target) && std::ranges::find(next, target) == next.end();
    });
  return next;
}

// Decodes everything that can be reached from `start`.
void Walk::discover(uint64_t start) {
  std::vector<uint64_t> todo{start};
  leaders_.insert(start);
  while (!todo.empty()) {
    const uint64_t at = todo.back();
    todo.pop_back();
    if (graph_.nodes.contains(at)) continue;
    auto insn = image_.insn(at);
    if (!insn) {
      out_.undecoded.push_back(at);
      continue;
    }
    std::vector<uint64_t> next = successors(*insn);
    for (const uint64_t to : next) {
      if (to != insn->next() || insn->flow == Insn::Flow::branch || insn->table) leaders_.insert(to);
      todo.push_back(to);
    }
    if (leaves_for_nowhere(*insn)) out_.strange_jumps.push_back(at);
    out_.length.emplace(at, insn->length);
    graph_.nodes.emplace(at, Graph::Node{std::move(*insn), std::move(next)});
  }
}

// A jump of a kprobe that the kernel has optimized leads to no function's start.
bool Walk::leaves_for_nowhere(const Insn& insn) const {
  return insn.flow == Insn::Flow::jump && insn.target && !stays(*insn.target) &&
         image_.symbols.name_at(*insn.target).empty();
}

// To where a register says, or through a table that is not at hand.
bool Walk::is_blind_jump(const Insn& insn) const {
  return insn.flow == Insn::Flow::jump && !insn.target && !through(insn);
}

// Nobody knows what it hides.
bool is_breakpoint(const Insn& insn) {
  return insn.padding && insn.flow == Insn::Flow::end;
}

bool Walk::reaches(const std::function<bool(const Insn&)>& wanted) const {
  return std::ranges::any_of(graph_.nodes, [&](const auto& at) { return wanted(at.second.insn); });
}

// The first instruction after `at` that is not padding and was not reached, though code behind it was, or a table may
// lead to it; none: no such.
std::optional<uint64_t> Walk::hole(uint64_t at) const {
  const uint64_t last = reaches([&](const Insn& i) { return is_blind_jump(i); }) ? symbol_.address + symbol_.size : 0;
  for (auto it = graph_.nodes.lower_bound(at); it != graph_.nodes.end(); ++it) {
    const auto after = std::next(it);
    const uint64_t end = after != graph_.nodes.end() ? after->first : last;
    for (uint64_t gap = it->second.insn.next(); gap < end && image_.around(gap) == image_.around(it->first);) {
      const auto insn = image_.insn(gap);
      if (!insn || !insn->padding) return gap;
      gap = insn->next();
    }
  }
  return {};
}

// Holes that nothing was handed over to may be entered with anything.
void Walk::enter_anyhow() {
  for (const uint64_t hole : holes_)
    if (in_.try_emplace(hole).second) work_.insert(hole);
}

// What only ruled out code leads to.
void Walk::drop_unreachable() {
  std::set<uint64_t> kept;
  std::vector<uint64_t> todo = holes_;
  todo.push_back(symbol_.address);
  while (!todo.empty()) {
    const uint64_t at = todo.back();
    todo.pop_back();
    const auto node = graph_.nodes.find(at);
    if (node != graph_.nodes.end() && kept.insert(at).second)
      todo.insert(todo.end(), node->second.next.begin(), node->second.next.end());
  }
  std::erase_if(graph_.nodes, [&](const auto& node) { return !kept.contains(node.first); });
  std::erase_if(leaders_, [&](uint64_t at) { return !kept.contains(at); });
}

// Code that nothing is seen to lead to: cases of a switch, or what the kernel's patching of its text leads to.
void Walk::discover_holes() {
  bool drop = false;
  for (auto at = hole(0); at; at = hole(*at)) {
    discover(*at);
    if (arch_.ruled_out && arch_.ruled_out(image_, symbol_, *at))
      drop = true;
    else
      holes_.push_back(*at);
  }
  if (drop) drop_unreachable();
  if (reaches(is_breakpoint)) enter_anyhow();
}

// A static key is a jump within the function or, in its place, a NOP of the same size. The tracer's NOP is the
// function's first one; one behind another NOP aligns a loop.
bool Walk::may_be_key(const Insn& insn) const {
  constexpr uint64_t kLandingPad = 4; // endbr64; on arm64 the first of the tracer's two
  if (!insn.patchable) return false;
  if (insn.address <= symbol_.address + kLandingPad) return false;
  const auto at = graph_.nodes.find(insn.address);
  if (at == graph_.nodes.begin()) return true;
  const Insn& before = std::prev(at)->second.insn;
  return !before.padding || before.next() != insn.address;
}

// A function that has given up its frame leaves for another one.
bool Walk::leaves_frame(const MachineState& state) const {
  const Value& stack = state.reg[arch_.stack];
  return stack.kind == Value::Kind::frame && stack.offset == 0;
}

// A jump to nobody knows where and a static key may lead to any hole; a key that is a jump now, to what stands behind
// it. Such a jump may also lead to what was reached by another way.
void Walk::enter_holes(const Insn& insn, const MachineState& state) {
  const bool blind = is_blind_jump(insn);
  const bool anywhere = blind || may_be_key(insn);
  const bool behind = insn.flow == Insn::Flow::jump && insn.target && stays(*insn.target);
  if (!anywhere && !behind) return;
  for (const uint64_t hole : holes_)
    if (anywhere || hole == insn.next()) hand_over(insn, state, hole);
  if (!blind || leaves_frame(state)) return;
  for (const uint64_t leader : leaders_)
    if (leader != symbol_.address) hand_over(insn, state, leader);
}

// Runs one block from its start, and hands what is known at its end to its successors.
void Walk::flow(uint64_t leader) {
  MachineState state = in_.at(leader);
  for (auto it = graph_.nodes.find(leader); it != graph_.nodes.end();) {
    const auto& [insn, next] = it->second;
    enter_holes(insn, state);
    if (!effects_.step(state, insn)) return;
    const bool straight = next.size() == 1 && next[0] == insn.next() && !leaders_.contains(next[0]);
    if (!straight) {
      for (const uint64_t to : next)
        hand_over(insn, state, to);
      return;
    }
    it = graph_.nodes.find(next[0]);
  }
}

// Runs one block again, when nothing changes any more, and notes what is known at its increments and leads.
void Walk::collect(uint64_t leader) {
  MachineState state = in_.at(leader);
  for (auto it = graph_.nodes.find(leader); it != graph_.nodes.end();) {
    const auto& [insn, next] = it->second;
    if (const Op* op = increment(insn)) out_.increments.push_back({insn.address, *op, state, leads_.at(insn.address)});
    if (is_lead_.contains(insn.address)) out_.before.emplace(insn.address, state);
    if (blocking_ && stores_minus_one(insn, state)) out_.marks.emplace(insn.address, state);
    if (looks_up_ && (stores_minus_one(insn) || minus_one(insn))) out_.blocks.emplace(insn.address, state);
    if (transforms_ && insn.compared && insn.compared->number == kBadMessage) out_.checks.emplace(insn.address, state);
    if (looks_up_ && insn.compared && insn.compared->number == kTryAgain) out_.retries.emplace(insn.address, state);
    if (looks_up_ && insn.compared && insn.compared->number == kElsewhere) out_.elsewhere.emplace(insn.address, state);
    if (calls_flow_losing(insn)) out_.calls.push_back({*insn.target, insn.next(), state});
    if (!effects_.step(state, insn) || next.size() != 1 || leaders_.contains(next[0])) return;
    it = graph_.nodes.find(next[0]);
  }
}

bool Walk::calls_flow_losing(const Insn& insn) const {
  if (insn.flow != Insn::Flow::call || !insn.target) return false;
  return loses_flow(source_name(image_.symbols.name_at(*insn.target)));
}

void Walk::hand_over(const Insn& insn, MachineState state, uint64_t to) {
  if (insn.flow == Insn::Flow::branch && insn.target != insn.next()) answer(state, insn, to == insn.target);
  enter(state, to);
  const auto [at, fresh] = in_.try_emplace(to, std::move(state)); // moves only if fresh
  if (fresh || join_into(at->second, state, to)) work_.insert(to);
}

// Until nothing changes any more.
void Walk::settle() {
  while (!work_.empty()) {
    const uint64_t leader = *work_.begin(); // in the order of the text, which is mostly that of the program
    work_.erase(work_.begin());
    flow(leader);
  }
}

Trace Walk::run() {
  discover(symbol_.address);
  discover_holes();
  in_.emplace(symbol_.address, effects_.entry());
  work_.insert(symbol_.address);
  settle();
  enter_anyhow();
  settle();
  leads_ = leads(graph_);
  for (const auto& [site, before] : leads_)
    is_lead_.insert(before.begin(), before.end());
  for (const uint64_t leader : leaders_)
    if (in_.contains(leader)) collect(leader);
  std::ranges::sort(out_.increments, {}, &Increment::address);
  out_.graph = std::move(graph_);
  return std::move(out_);
}

} // namespace

Trace trace(const KernelImage& image, const Types& types, const Symbol& function) {
  return Walk(image, types, function).run();
}

} // namespace xs
