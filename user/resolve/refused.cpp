// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Tells the refusals of a lookup apart by what was asked just before.
#include "refused.hpp"
#include "facts.hpp"
#include "marks.hpp"
#include "operands.hpp"

#include "../model/loss.hpp"

#include <algorithm>
#include <set>

namespace xs {
namespace {

// The only instruction that leads to `at`; nullptr: none, or several.
const Insn* only_way_to(const Graph& graph, uint64_t at) {
  const Insn* found = nullptr;
  for (const auto& [address, node] : graph.nodes) {
    if (std::ranges::find(node.next, at) == node.next.end()) continue;
    if (found) return nullptr;
    found = &node.insn;
  }
  return found;
}

// How far the byte that an instruction uses is from where its register pointed before the last addition to it: arm64
// adds what does not fit into a load. None: it uses no byte, or nothing is added.
std::optional<int64_t> byte_of_sum(const Graph& graph, const Insn& insn) {
  const Insn* before = insn.byte_at ? only_way_to(graph, insn.address) : nullptr;
  if (!before || insn.ops.empty() || before->ops.size() != 1) return {};
  const Op& sum = before->ops[0];
  const bool adds = sum.kind == Op::Kind::add && sum.dst == insn.ops[0].base && sum.index == kNoReg;
  return adds ? std::optional(*insn.byte_at + sum.imm) : std::nullopt;
}

// Whether the one branch that leads to `at` asks for the byte at this offset in an object.
bool asked_for(const Graph& graph, uint64_t at, int64_t offset) {
  constexpr int kNear = 4; // the branch, the comparison, perhaps what makes a number of the byte, and its load
  const Insn* insn = only_way_to(graph, at);
  if (!insn || insn->flow != Insn::Flow::branch) return false;
  for (int i = 0; i < kNear && insn; i++) {
    if (insn->byte_at == offset || byte_of_sum(graph, *insn) == offset) return true;
    insn = only_way_to(graph, insn->address);
  }
  return false;
}

// Whether the error that is asked for here is then held against -EAGAIN: as that of a bundle is, whose policies are not
// a socket's.
bool tries_again(const Graph& graph, uint64_t at) {
  std::set<uint64_t> seen;
  std::vector<uint64_t> open{at};
  while (!open.empty()) {
    const auto node = graph.nodes.find(open.back());
    open.pop_back();
    if (node == graph.nodes.end() || !seen.insert(node->first).second) continue;
    const Insn& insn = node->second.insn;
    if (insn.compared && insn.compared->number == kTryAgain) return true;
    if (insn.flow != Insn::Flow::call) std::ranges::copy(node->second.next, std::back_inserter(open));
  }
  return false;
}

std::optional<Site> site_at(uint64_t at, const MachineState& state, uint8_t kind, const Symbol& function,
                            const Types& types, const Arch& arch) {
  const Found found = find_operands(state, types, arch);
  if (!found.operands[static_cast<size_t>(Role::net)]) return {};
  Site site;
  site.function = function.name;
  site.module = function.module;
  site.address = at;
  site.offset = at - function.address;
  site.counter = kind;
  site.operands = found.operands;
  site.policies = found.policies;
  return site;
}

} // namespace

std::vector<Site> refused_lookups(const Trace& traced, const Symbol& function, const Types& types, const Arch& arch) {
  std::vector<Site> out;
  const int64_t defaults = types.offset_of("net", {"xfrm", "policy_default"});
  constexpr int64_t kOut = 1; // XFRM_POLICY_OUT
  for (const auto& [at, state] : traced.blocks)
    if (defaults >= 0 && asked_for(traced.graph, at, defaults + kOut))
      if (auto site = site_at(at, state, LOSS_DEFAULT_BLOCK, function, types, arch)) out.push_back(std::move(*site));
  for (const auto& [at, state] : traced.elsewhere) {
    const Insn& insn = traced.graph.nodes.at(at).insn;
    if (tries_again(traced.graph, at)) continue;
    auto site = site_at(at, state, LOSS_SOCKET_POLICY, function, types, arch);
    if (!site) continue;
    site->error = compared_place(*insn.compared, state, arch);
    if (site->error) out.push_back(std::move(*site));
  }
  return out;
}

} // namespace xs
