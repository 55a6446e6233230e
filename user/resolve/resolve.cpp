// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Picks the increments of xfrm_statistics out of each function's trace and the best place for each operand.
#include "resolve.hpp"
#include "callers.hpp"
#include "leads.hpp"
#include "trace.hpp"

#include "../model/probe_list.hpp"

#include <algorithm>
#include <memory>
#include <fmt/format.h>

namespace xs {
namespace {

using Kind = Value::Kind;

constexpr std::array<const char*, kRoles - 1> kStructs{"sk_buff", "flowi", "xfrm_state", "xfrm_policy",
                                                       "net",     "sock",  "dst_entry"};

// How far the function's entry stack pointer is above the stack pointer here, bytes; none: not known.
std::optional<int32_t> depth(const MachineState& state, const Arch& arch) {
  const Value& sp = state.reg[arch.stack];
  if (sp.kind != Kind::frame || sp.offset > 0) return {};
  return static_cast<int32_t>(-sp.offset);
}

std::optional<Role> role_of(TypeId type, const Types& types) {
  const std::string_view name = types.name(type);
  for (size_t i = 0; i < kStructs.size(); i++)
    if (name == kStructs[i]) return static_cast<Role>(i);
  return {};
}

// A certain place is better than an uncertain one, the object that was worked on last better than another, a strong
// proof better than a weak one, a register than a slot.
auto rank(const Operand& o, bool subject) {
  return std::tuple(o.frame != 0, !subject, o.proof, o.where, o.addend != 0);
}

// Picks the best place of each operand.
class Picker {
public:
  Picker(const MachineState& state, const Types& types, const Arch& arch)
      : state_(state), types_(types), depth_(depth(state, arch)) {
    for (Reg r = 0; r < kMaxRegs; r++)
      offer(state_.reg[r], {.where = Operand::Where::reg, .reg = r});
    if (!depth_) return;
    for (const auto& [at, v] : state_.slot)
      if (at + *depth_ >= 0) // below the stack pointer everything is stale
        offer(v, {.where = Operand::Where::slot, .offset = static_cast<int32_t>(at + *depth_)});
  }

  Operands operands() const {
    Operands out;
    for (size_t i = 0; i < kRoles; i++)
      out[i] = best_[i].operand;
    return out;
  }
  std::optional<Operand> policies() const { return policies_.operand; }

private:
  struct Best {
    std::optional<Operand> operand;
    bool subject = false;
  };
  const MachineState& state_;
  const Types& types_;
  std::optional<int64_t> depth_;
  std::array<Best, kRoles> best_;
  Best policies_;

  // Where a value of this type belongs; nullptr: nowhere.
  Best* goal(const Value& v) {
    if (v.kind == Kind::family) return &best_[static_cast<size_t>(Role::family)];
    if (v.kind != Kind::pointer) return nullptr;
    const auto element = types_.target(v.type);
    const auto role = role_of(element ? element->type : v.type, types_);
    if (element) return role == Role::policy ? &policies_ : nullptr;
    return role ? &best_[static_cast<size_t>(*role)] : nullptr;
  }

  void offer(const Value& v, Operand operand) {
    Best* best = goal(v);
    const bool doubtful = v.or_frame || v.or_number;
    if (!best || (doubtful && !depth_)) return;
    operand.proof = v.proof;
    operand.addend = static_cast<int32_t>(-v.offset);
    operand.frame = doubtful ? static_cast<uint32_t>(std::max<int64_t>(*depth_, 1)) : 0;
    if (best->operand && rank(operand, v.subject) >= rank(*best->operand, best->subject)) return;
    *best = {operand, v.subject};
  }
};

bool has(const Operands& operands, Role role) {
  return operands[static_cast<size_t>(role)].has_value();
}

bool knows_packet(const Site& site) {
  return has(site.operands, Role::skb) || has(site.operands, Role::flow);
}

bool surely_knows_packet(const Site& site) {
  const auto& flow = site.operand(Role::flow);
  return has(site.operands, Role::skb) || (flow && !flow->frame);
}

// The nearest instruction before the increment at which the flow is still known.
std::optional<FlowMark> lead_of(const Increment& inc, const Site& site, const Trace& traced, const Types& types,
                                const Arch& arch) {
  for (const uint64_t at : inc.leads) {
    const auto state = traced.before.find(at);
    if (state == traced.before.end()) continue;
    const auto flow = Picker(state->second, types, arch).operands()[static_cast<size_t>(Role::flow)];
    if (flow) return FlowMark{site.function, at, at - (site.address - site.offset), site.counter, flow, {}, {}};
  }
  return {};
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
  if (inc.op.src != kNoReg) site.amount = inc.op.src;
  const Picker picker(inc.state, types, *image.arch);
  site.operands = picker.operands();
  site.policies = picker.policies();
  site.return_at = depth(inc.state, *image.arch);
  return site;
}

bool is_part(std::string_view name) {
  return name.ends_with(".cold");
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
      if (!knows_packet(site)) ask_callers(site);
    for (FlowMark& mark : out_.marks)
      if (!mark.flow) ask_callers(mark);
    std::erase_if(out_.marks, [](const FlowMark& m) { return !m.flow && m.callers.empty(); });
    once_each(out_.sites);
    once_each(out_.marks);
    for (Site& site : out_.sites)
      site.marked = !surely_knows_packet(site) && std::ranges::count(out_.marks, site.counter, &FlowMark::counter);
    return std::move(out_);
  }

private:
  const KernelImage& image_;
  std::map<uint64_t, uint8_t> reached_; // length of each instruction
  Resolution out_;
  std::map<uint64_t, std::vector<CallerPlace>> callers_; // by the function that they call

  // Gives a Site or FlowMark the places where the function's callers have the flow.
  void ask_callers(auto& place) {
    const Symbol* function = image_.around(place.address);
    if (!function || !place.return_at) return;
    const auto callers = callers_.find(function->address);
    if (callers == callers_.end()) return;
    const Pushed pushed = pushed_first(image_, *function);
    for (const CallerPlace& c : callers->second) {
      const auto flow = c.flow.offset(pushed), dst = c.dst.offset(pushed);
      const int32_t down = *place.return_at;
      if (flow) place.callers.push_back({c.back, *flow + down, dst ? std::optional(*dst + down) : std::nullopt});
    }
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
    for (const auto& [at, state] : traced.marks)
      out_.marks.push_back(
          {function.name, at, at - function.address, XfrmOutPolBlock, {}, {}, depth(state, *image_.arch)});
    for (const Increment& inc : traced.increments)
      if (auto site = site_of(inc, image_, types))
        keep(std::move(*site), inc, traced, types);
      else if (inc.state.reg[inc.op.base].kind != Kind::pointer &&
               is_listed(source_name(function.name), inc.op.imm / 8))
        problem(function, inc.address, "may count, but it is not proved which counters its base belongs to");
    reached_.merge(traced.length);
  }

  void keep(Site site, const Increment& inc, const Trace& traced, const Types& types) {
    if (!knows_packet(site))
      if (auto mark = lead_of(inc, site, traced, types, *image_.arch)) out_.marks.push_back(std::move(*mark));
    out_.sites.push_back(std::move(site));
  }

  // Looks for listed increments in what was not reached.
  void sweep(const Symbol& symbol) {
    for (uint64_t at = symbol.address; at < symbol.address + symbol.size;) {
      const auto known = reached_.find(at);
      if (known == reached_.end()) check(symbol, at);
      at += known == reached_.end() ? 1 : known->second;
    }
  }

  void check(const Symbol& symbol, uint64_t at) {
    const auto insn = image_.arch->decode(image_.code(at), at);
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
