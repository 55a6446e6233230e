// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Runs backwards from each return, until nothing changes.
#include "returned.hpp"

#include <algorithm>

namespace xs {
namespace {

// Where the returned number is before an instruction. Ways that meet agree, or it is lost; a way on which the function
// does not return says nothing, and one on which it returns 0 gives in to any other.
struct Place {
  enum class Kind : uint8_t { nowhere_yet, constant, reg, lost };
  Kind kind = Kind::nowhere_yet;
  Reg reg = kNoReg;
  int32_t number = 0;
  bool operator==(const Place&) const = default;
  bool gives_in() const { return kind == Kind::nowhere_yet || (kind == Kind::constant && number == 0); }
};

constexpr Place kLost{.kind = Place::Kind::lost};

Place meet(const Place& a, const Place& b) {
  if (a == b || b.kind == Place::Kind::nowhere_yet) return a;
  if (a.gives_in()) return b;
  return b.gives_in() ? a : kLost;
}

// Where `after` was before one operation.
Place before(const Op& op, const Place& after) {
  if (after.kind != Place::Kind::reg || op.dst != after.reg || op.kind == Op::Kind::test) return after;
  if (op.kind == Op::Kind::move && op.size >= 4) return {.kind = Place::Kind::reg, .reg = op.src};
  if (op.kind == Op::Kind::constant) return {.kind = Place::Kind::constant, .number = static_cast<int32_t>(op.imm)};
  return kLost;
}

class Search {
public:
  Search(const Graph& graph, const KernelImage& image) : graph_(graph), image_(image), arch_(*image.arch) {
    for (const auto& [at, node] : graph.nodes)
      for (const uint64_t next : node.next)
        sources_[next].push_back(at);
  }

  const std::map<uint64_t, Place>& run() {
    std::set<uint64_t> work;
    for (const auto& [at, node] : graph_.nodes)
      if (node.next.empty()) work.insert(at);
    while (!work.empty()) {
      const uint64_t at = *work.rbegin(); // later ones first: mostly the order in which it is needed
      work.erase(at);
      const Place place = before_insn(graph_.nodes.at(at));
      if (place_[at] == place) continue;
      place_[at] = place;
      work.insert(sources_[at].begin(), sources_[at].end());
    }
    return place_;
  }

private:
  const Graph& graph_;
  const KernelImage& image_;
  const Arch& arch_;
  std::map<uint64_t, std::vector<uint64_t>> sources_;
  std::map<uint64_t, Place> place_;

  Place before_insn(const Graph::Node& node) {
    Place place = behind(node);
    const bool clobbers = node.insn.flow == Insn::Flow::call && place.kind == Place::Kind::reg;
    if (clobbers && std::ranges::find(arch_.clobbered, place.reg) != arch_.clobbered.end()) return kLost;
    for (auto op = node.insn.ops.rbegin(); op != node.insn.ops.rend(); ++op)
      place = before(*op, place);
    return place;
  }

  Place behind(const Graph::Node& node) {
    using Flow = Insn::Flow;
    Place place;
    for (const uint64_t next : node.next)
      place = meet(place, place_[next]);
    if (!node.next.empty() || node.insn.padding || node.insn.flow == Flow::call) return place; // or it never returns
    return is_return(node.insn, image_.symbols) ? Place{.kind = Place::Kind::reg, .reg = arch_.result}
                                                : kLost; // a tail call
  }
};

} // namespace

std::map<uint64_t, Operand> find_returned(const Graph& graph, const std::set<uint64_t>& at, const KernelImage& image) {
  std::map<uint64_t, Operand> out;
  if (at.empty()) return out;
  Search search(graph, image);
  for (const auto& [here, place] : search.run()) {
    if (!at.contains(here)) continue;
    if (place.kind == Place::Kind::reg)
      out.emplace(here, Operand{.reg = place.reg, .proof = Proof::returned});
    else if (place.kind == Place::Kind::constant && place.number < 0)
      out.emplace(here, Operand{.where = Operand::Where::constant, .offset = place.number, .proof = Proof::returned});
  }
  return out;
}

} // namespace xs
