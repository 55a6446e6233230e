// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Walks back from the increments.
#include "leads.hpp"

#include <algorithm>

namespace xs {
namespace {

using Sources = std::map<uint64_t, std::vector<uint64_t>>;

// Where each instruction is come to from.
Sources sources_of(const Graph& graph) {
  Sources out;
  for (const auto& [at, node] : graph.nodes)
    for (const uint64_t next : node.next)
      out[next].push_back(at);
  return out;
}

class Search {
public:
  explicit Search(const Graph& graph) : graph_(graph), before_(sources_of(graph)) {}

  // Every instruction that leads to increments of one counter, with one of these.
  void spread() {
    std::vector<uint64_t> todo;
    for (const auto& [at, node] : graph_.nodes)
      if (const Op* op = increment(node.insn)) {
        goal_.emplace(at, op);
        todo.push_back(at);
      }
    while (!todo.empty()) {
      const uint64_t at = todo.back();
      todo.pop_back();
      for (const uint64_t from : before_[at])
        if (!goal_.contains(from) && leads(from, *goal_.at(at))) {
          goal_.emplace(from, goal_.at(at));
          todo.push_back(from);
        }
    }
  }

  // Those of them that come by before every execution of the increment at `site`, nearest first.
  std::vector<uint64_t> behind(uint64_t site) {
    std::vector<uint64_t> out;
    for (uint64_t at = site; before_[at].size() == 1; at = out.back()) {
      const uint64_t from = before_[at][0];
      if (!goal_.contains(from) || increment(graph_.nodes.at(from).insn)) break;
      out.push_back(from);
    }
    return out;
  }

private:
  const Graph& graph_;
  Sources before_;
  std::map<uint64_t, const Op*> goal_;

  bool leads(uint64_t from, const Op& goal) const {
    const Graph::Node& node = graph_.nodes.at(from);
    if (node.insn.flow == Insn::Flow::call) return false;
    return std::ranges::all_of(node.next, [&](uint64_t next) {
      const auto it = goal_.find(next);
      return it != goal_.end() && it->second->imm == goal.imm && it->second->base == goal.base &&
             it->second->src == goal.src;
    });
  }
};

} // namespace

const Op* increment(const Insn& insn) {
  const auto it = std::ranges::find(insn.ops, Op::Kind::count, &Op::kind);
  return it == insn.ops.end() ? nullptr : &*it;
}

// A processor that guesses returns wrongly gets a jump to where they are made safe.
bool is_return(const Insn& insn, const SymbolTable& symbols) {
  return insn.flow == Insn::Flow::end || (insn.target && symbols.name_at(*insn.target).ends_with("return_thunk"));
}

std::set<uint64_t> surely_reached(const Graph& graph, uint64_t at, const std::set<uint64_t>& goals) {
  std::set<uint64_t> reached, seen;
  std::vector<uint64_t> todo{at};
  while (!todo.empty()) {
    const uint64_t here = todo.back();
    todo.pop_back();
    if (!seen.insert(here).second) continue;
    if (goals.contains(here)) {
      reached.insert(here);
      continue;
    }
    const auto node = graph.nodes.find(here);
    if (node == graph.nodes.end() || node->second.next.empty()) return {};
    todo.insert(todo.end(), node->second.next.begin(), node->second.next.end());
  }
  return reached;
}

namespace {

// Whether going from `branch` to `to` says that what was tested is an error pointer.
bool finds_error(const Insn& branch, uint64_t to) {
  if (branch.flow != Insn::Flow::branch || branch.target == branch.next()) return false;
  return branch.target == to ? is_error_way(branch.condition) : is_pointer_way(branch.condition);
}

bool asks_for_error(const Insn& insn) {
  return std::ranges::any_of(insn.ops, [](const Op& op) { return op.kind == Op::Kind::test && op.size == 8; });
}

} // namespace

bool only_after_error(const Graph& graph, uint64_t at) {
  const Sources sources = sources_of(graph);
  std::set<uint64_t> seen;
  std::optional<uint64_t> branch; // what it asks is looked for
  while (seen.insert(at).second) {
    const auto from = sources.find(at);
    if (from == sources.end() || from->second.size() != 1) return false;
    const Insn& insn = graph.nodes.at(from->second[0]).insn;
    if (insn.flow == Insn::Flow::call) return false;
    if (branch && insn.sets_flags) return asks_for_error(insn);
    if (!branch && finds_error(insn, at)) branch = insn.address;
    at = insn.address;
  }
  return false;
}

std::map<uint64_t, std::vector<uint64_t>> leads(const Graph& graph) {
  Search search(graph);
  search.spread();
  std::map<uint64_t, std::vector<uint64_t>> out;
  for (const auto& [at, node] : graph.nodes)
    if (increment(node.insn)) out.emplace(at, search.behind(at));
  return out;
}

} // namespace xs
