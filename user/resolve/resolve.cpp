// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Picks the increments of xfrm_statistics out of each function's trace and the best place for each operand.
#include "resolve.hpp"
#include "blocked.hpp"
#include "callers.hpp"
#include "effects.hpp"
#include "facts.hpp"
#include "marks.hpp"
#include "leads.hpp"
#include "operands.hpp"
#include "refused.hpp"
#include "returned.hpp"
#include "trace.hpp"

#include "../model/probe_list.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <fmt/format.h>

namespace xs {
namespace {

using Kind = Value::Kind;

bool has(const Operands& operands, Role role) {
  return operands[static_cast<size_t>(role)].has_value();
}

bool knows_packet(const Site& site) {
  return has(site.operands, Role::skb) || has(site.operands, Role::flow);
}

// A flow does not say of which family it is; its route and its policy do.
bool knows_family(const Site& site) {
  const auto known = [&](Role role) { return has(site.operands, role); };
  return known(Role::skb) || known(Role::dst) || known(Role::family) || known(Role::policy) || site.policies;
}

bool surely_knows_packet(const Site& site) {
  const auto& flow = site.operand(Role::flow);
  return has(site.operands, Role::skb) || (flow && !flow->frame);
}

// The site of an increment; none: some other counter's.
std::optional<Site> site_of(const Increment& inc, const KernelImage& image, const Types& types) {
  const Value& base = inc.state.reg[inc.op.base];
  if (base.kind != Kind::pointer || base.or_frame || types.name(base.type) != "linux_xfrm_mib") return {};
  const int64_t at = base.offset + inc.op.imm;
  const Symbol* symbol = image.around(inc.address);
  if (base.proof == Proof::layout && !is_listed(source_name(symbol ? symbol->name : ""), at / 8)) return {};
  if (!symbol || at % 8 || at <= 0 || at >= types.size(base.type)) return {};
  Site site;
  site.function = symbol->name;
  site.module = symbol->module;
  site.address = inc.address;
  site.offset = inc.address - symbol->address;
  site.counter = static_cast<uint8_t>(at / 8);
  site.base = {inc.op.base, static_cast<int32_t>(base.offset)};
  const bool by_one = inc.op.src != kNoReg && inc.state.reg[inc.op.src] == Value::constant(1);
  if (inc.op.src != kNoReg && !by_one) site.amount = inc.op.src;
  const Found found = find_operands(inc.state, types, *image.arch);
  site.operands = found.operands;
  site.policies = found.policies;
  site.looked_up = found.looked_up;
  site.return_at = depth(inc.state, *image.arch);
  return site;
}

// By address, each once.
template <class Place> void once_each(std::vector<Place>& places) {
  std::ranges::sort(places, {}, &Place::address);
  const auto same = [](const Place& a, const Place& b) { return a.address == b.address; };
  places.erase(std::unique(places.begin(), places.end(), same), places.end());
}

// Resolves one function after the other, and checks that none of the listed increments was overlooked.
class Resolver {
public:
  explicit Resolver(const KernelImage& image) : image_(image) {}

  Resolution run() {
    for (const Symbol& function : image_.functions)
      if (!is_part(function.name)) resolve(function);
    for (const Symbol& symbol : image_.functions)
      sweep(symbol);
    for (Site& site : out_.sites)
      if (!knows_packet(site) || !knows_family(site)) ask_callers(site);
    for (SiteMark& mark : out_.marks)
      if (!mark.value) ask_callers(mark);
    std::erase_if(out_.marks, [](const SiteMark& m) { return !m.value && m.callers.empty(); });
    once_each(out_.sites);
    once_each(out_.marks);
    for (Site& site : out_.sites)
      if (!surely_knows_packet(site) && flow_is_noted(site.counter)) site.noted = SiteMark::Kind::flow;
    for (Site& site : out_.sites)
      name_processor(site);
    for (SiteMark& mark : out_.marks)
      name_processor(mark);
    for (Site& site : out_.refused)
      name_processor(site);
    return std::move(out_);
  }

private:
  const KernelImage& image_;
  std::map<uint64_t, uint8_t> reached_; // length of each instruction
  Resolution out_;
  std::map<uint64_t, std::vector<CallerPlace>> callers_; // by the function that they call
  struct Frame {
    Saved saved; // where the callers' registers are
    std::optional<int32_t> depth;
  };
  std::map<uint64_t, Frame> frames_; // by site or mark

  void name_processor(auto& place) const {
    place.processor = image_.arch->processor;
    if (image_.arch->refused_behind)
      place.refused_behind = image_.arch->refused_behind(image_, place.address - place.offset, place.address);
  }

  bool flow_is_noted(uint8_t counter) const {
    return std::ranges::any_of(
        out_.marks, [counter](const SiteMark& m) { return m.kind == SiteMark::Kind::flow && m.counter == counter; });
  }

  // Gives a Site or SiteMark the places where the function's callers have the flow.
  void ask_callers(auto& place) {
    const Symbol* function = image_.around(place.address);
    const Frame& frame = frames_[place.address];
    if (!function || !frame.depth) return;
    const auto back = return_place(frame.saved, *frame.depth, *image_.arch);
    if (!back) return;
    const auto callers = callers_.find(function->address);
    if (callers == callers_.end()) return;
    place.return_at = back;
    for (const CallerPlace& c : callers->second)
      if (const auto flow = c.flow.at(frame.saved, *frame.depth))
        place.callers.push_back({c.back, *flow, c.dst.at(frame.saved, *frame.depth)});
  }

  void problem(const Symbol& symbol, uint64_t at, std::string_view text) {
    out_.problems.push_back(fmt::format("{}+{:#x} {}", symbol.name, at - symbol.address, text));
  }

  void resolve(const Symbol& function) {
    const Types& types = image_.btf.types(function.module);
    Trace traced = trace(image_, types, function);
    for (const uint64_t at : traced.undecoded)
      problem(function, at, "is not an instruction that can be decoded");
    for (const uint64_t at : traced.strange_jumps)
      problem(function, at, "jumps to where no function starts: another program's kprobe may hide an increment here");
    for (const Call& call : traced.calls)
      if (auto place = flow_of_caller(call.state, call.back, types, *image_.arch))
        callers_[call.callee].push_back(std::move(*place));
    for (const auto& [at, state] : traced.marks) {
      frames_.emplace(at, Frame{saved_registers(image_, function, state), depth(state, *image_.arch)});
      out_.marks.push_back({.function = function.name,
                            .address = at,
                            .offset = at - function.address,
                            .counter = XfrmOutPolBlock,
                            .value = {},
                            .callers = {},
                            .return_at = depth(state, *image_.arch)});
    }
    for (const Increment& inc : traced.increments)
      if (auto site = site_of(inc, image_, types))
        keep(std::move(*site), inc, traced, types, function);
      else if (inc.state.reg[inc.op.base].kind != Kind::pointer && !of_the_kernel(inc.state.reg[inc.op.base], types) &&
               is_listed(source_name(function.name), inc.op.imm / 8))
        problem(function, inc.address, "may count, but it is not proved which counters its base belongs to");
    find_undecided(traced, function);
    note_errors(traced);
    find_errors(traced, function, types);
    note_lookup(traced, function, types);
    note_blocks(traced, function, types);
    if (source_name(function.name) == kLookupFunction)
      std::ranges::move(refused_lookups(traced, function, types, *image_.arch), std::back_inserter(out_.refused));
    reached_.merge(traced.length);
  }

  // Whether a value was read from a variable of the kernel: with network namespaces, no such one points to counters of
  // one.
  bool of_the_kernel(const Value& v, const Types& types) const {
    const uint64_t at = v.kind == Kind::unknown && !v.or_frame ? origin(v.id) : 0;
    const auto insn = at ? image_.insn(at) : std::nullopt;
    const auto fixed = [](const Op& op) {
      return op.kind == Op::Kind::load && op.size == 8 && op.base == kNoReg && op.index == kNoReg;
    };
    const bool namespaces = types.offset_of("net_device", {"nd_net", "net"}) >= 0; // else init_net is such a variable
    return insn && namespaces && std::ranges::any_of(insn->ops, fixed);
  }

  // What raises a counter of which no place is known that decides it.
  void find_undecided(const Trace& traced, const Symbol& function) {
    if (!image_.arch->raises || !is_listed(source_name(function.name))) return;
    std::set<uint64_t> known;
    for (const auto& [at, node] : traced.graph.nodes)
      if (node.insn.raised_at) known.insert(*node.insn.raised_at);
    for (const auto& [at, node] : traced.graph.nodes)
      if (!known.contains(at) && image_.arch->raises(node.insn, image_))
        problem(function, at, "may count, but no place was found that decides which counter");
  }

  // Where the transform's error is at hand before each way to an increment of XfrmInStateProtoError.
  void note_errors(const Trace& traced) {
    std::set<uint64_t> sites;
    for (const Site& site : out_.sites)
      if (site.counter == XfrmInStateProtoError) sites.insert(site.address);
    for (const auto& [at, state] : traced.checks) {
      const auto noted = surely_reached(traced.graph, at, sites);
      auto mark = noted.empty() ? std::nullopt : error_mark(at, state, image_);
      if (!mark) continue;
      out_.marks.push_back(std::move(*mark));
      for (Site& site : out_.sites)
        if (noted.contains(site.address)) site.noted = SiteMark::Kind::error;
    }
  }

  // What is going to be returned where an error of the way out is counted.
  void find_errors(const Trace& traced, const Symbol& function, const Types& types) {
    const auto proto = types.prototype(std::string(source_name(function.name)));
    if (!proto || !proto->returns_number) return;
    std::set<uint64_t> at;
    for (const Site& site : out_.sites)
      if (counter_way(site.counter) == Way::out) at.insert(site.address);
    for (const auto& [address, error] : find_returned(traced.graph, at, image_))
      std::ranges::find(out_.sites, address, &Site::address)->error = error;
  }

  // The flow for XfrmOutNoStates, where nothing nearer tells it: only flows without a bundle come by.
  void note_lookup(const Trace& traced, const Symbol& function, const Types& types) {
    const bool lost = std::ranges::any_of(
        out_.sites, [](const Site& s) { return s.counter == XfrmOutNoStates && !surely_knows_packet(s); });
    if (!lost || traced.retries.size() != 1 || flow_is_noted(XfrmOutNoStates)) return;
    const auto& [at, state] = *traced.retries.begin();
    auto mark = flow_noted_at(at, state, XfrmOutNoStates, function, types, *image_.arch);
    if (mark && only_after_error(traced.graph, at)) out_.marks.push_back(std::move(*mark));
  }

  // The flow for XfrmOutPolBlock, where kBlockingFunction is inlined: at each place that makes the number of transforms
  // -1. All of them, or what one noted could be taken for that of a lookup that came by another one.
  void note_blocks(const Trace& traced, const Symbol& function, const Types& types) {
    std::set<uint64_t> sites;
    for (const Site& s : out_.sites)
      if (s.counter == XfrmOutPolBlock && traced.length.contains(s.address) && !surely_knows_packet(s))
        sites.insert(s.address);
    if (sites.empty()) return;
    std::vector<SiteMark> marks;
    for (const auto& [at, state] : traced.blocks) {
      if (!may_reach(traced.graph, at, sites)) continue;
      auto mark = flow_noted_at(at, state, XfrmOutPolBlock, function, types, *image_.arch);
      if (!mark || !surely_blocks(traced.graph, at, sites, *image_.arch, image_.symbols)) return;
      marks.push_back(std::move(*mark));
    }
    std::ranges::move(marks, std::back_inserter(out_.marks));
  }

  void keep(Site site, const Increment& inc, const Trace& traced, const Types& types, const Symbol& function) {
    if (loses_flow(source_name(function.name)))
      frames_.emplace(site.address,
                      Frame{saved_registers(image_, function, inc.state), depth(inc.state, *image_.arch)});
    if (!knows_packet(site))
      if (auto mark = flow_mark(inc, site, traced, types, *image_.arch)) out_.marks.push_back(std::move(*mark));
    out_.sites.push_back(std::move(site));
  }

  // Looks for listed increments in what was not reached.
  void sweep(const Symbol& symbol) {
    for (uint64_t at = symbol.address; at < symbol.address + symbol.size;) {
      const auto known = reached_.find(at);
      if (known == reached_.end()) check(symbol, at);
      at += known == reached_.end() ? image_.arch->step : known->second;
    }
  }

  void check(const Symbol& symbol, uint64_t at) {
    const auto insn = image_.insn(at);
    const Op* op = insn ? increment(*insn) : nullptr;
    if (op && op->imm % 8 == 0 && is_listed(source_name(symbol.name), op->imm / 8))
      problem(symbol, at, "looks like an increment, but nothing leads to it");
  }
};

} // namespace

Resolution resolve(const KernelImage& image) {
  if (!image.btf.vmlinux || !image.arch) return {};
  return Resolver(image).run();
}

} // namespace xs
