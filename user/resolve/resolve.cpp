// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Picks the increments of xfrm_statistics out of each function's trace and the best place for each operand.
#include "resolve.hpp"
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
std::optional<int64_t> depth(const State& state, const Arch& arch) {
  const Value& sp = state.reg[arch.stack];
  if (sp.kind != Kind::frame || sp.offset > 0) return {};
  return -sp.offset;
}

std::optional<Role> role_of(TypeId type, const Types& types) {
  const std::string_view name = types.name(type);
  for (size_t i = 0; i < kStructs.size(); i++)
    if (name == kStructs[i]) return static_cast<Role>(i);
  return {};
}

// A certain place is better than an uncertain one, a strong proof better than a weak one, a register than a slot.
auto rank(const Operand& o, bool subject) {
  return std::tuple(o.frame != 0, !subject, o.proof, o.where, o.addend != 0);
}

class Picker {
public:
  Picker(const State& state, const Types& types, const Arch& arch)
      : state_(state), types_(types), depth_(depth(state, arch)) {}

  void pick(Site& site) {
    for (Reg r = 0; r < kMaxRegs; r++)
      offer(site, state_.reg[r], {.where = Operand::Where::reg, .reg = r});
    if (!depth_) return;
    for (const auto& [at, v] : state_.slot)
      if (at + *depth_ >= 0) // below the stack pointer everything is stale
        offer(site, v, {.where = Operand::Where::slot, .offset = static_cast<int32_t>(at + *depth_)});
  }

private:
  const State& state_;
  const Types& types_;
  std::optional<int64_t> depth_;
  std::array<bool, kRoles> subject_{}; // of the best operands so far
  bool subject_policies_ = false;

  struct Best {
    std::optional<Operand>* operand;
    bool* subject;
  };

  // Where an operand of this type belongs; nullptr: nowhere.
  Best goal(Site& site, const Value& v) {
    if (v.kind == Kind::family) return at(site, Role::family);
    if (v.kind != Kind::pointer) return {};
    if (const auto element = types_.target(v.type)) {
      if (role_of(element->type, types_) != Role::policy) return {};
      return {&site.policies, &subject_policies_};
    }
    const auto role = role_of(v.type, types_);
    return role ? at(site, *role) : Best{};
  }

  Best at(Site& site, Role role) {
    const auto i = static_cast<size_t>(role);
    return {&site.operands[i], &subject_[i]};
  }

  void offer(Site& site, const Value& v, Operand operand) {
    const auto [best, subject] = goal(site, v);
    const bool doubtful = v.or_frame || v.or_number;
    if (!best || (doubtful && !depth_)) return;
    operand.proof = v.proof;
    operand.addend = static_cast<int32_t>(-v.offset);
    operand.frame = doubtful ? static_cast<uint32_t>(*depth_) : 0;
    if (*best && rank(operand, v.subject) >= rank(**best, *subject)) return;
    *best = operand;
    *subject = v.subject;
  }
};

// The site of an increment; none: some other counter's.
std::optional<Site> site_of(const Increment& inc, const KernelImage& image, const Types& types) {
  const Value& base = inc.state.reg[inc.op.base];
  if (base.kind != Kind::pointer || base.or_frame || types.name(base.type) != "linux_xfrm_mib") return {};
  const int64_t at = base.offset + inc.op.imm;
  const Symbol* symbol = image.around(inc.address);
  if (base.proof == Proof::layout && !is_listed(source_name(symbol ? symbol->name : ""), at / 8)) return {};
  if (!symbol || at % 8 || at <= 0 || at >= types.size(base.type)) return {};
  Site site{.function = symbol->name,
            .module = symbol->module,
            .address = inc.address,
            .offset = inc.address - symbol->address,
            .counter = static_cast<uint8_t>(at / 8),
            .base = {inc.op.base, static_cast<int32_t>(base.offset)},
            .amount = {},
            .operands = {},
            .policies = {}};
  if (inc.op.src != kNoReg) site.amount = inc.op.src;
  Picker(inc.state, types, *image.arch).pick(site);
  return site;
}

class AllTypes {
public:
  explicit AllTypes(const KernelBtf& btf) : vmlinux_(btf.vmlinux.get()) {
    for (const auto& [module, b] : btf.modules)
      modules_.emplace(module, std::make_unique<Types>(b.get(), &vmlinux_));
  }
  const Types& of(const std::string& module) const {
    const auto it = modules_.find(module);
    return it == modules_.end() ? vmlinux_ : *it->second;
  }

private:
  Types vmlinux_;
  std::map<std::string, std::unique_ptr<Types>> modules_;
};

bool is_part(std::string_view name) {
  return name.ends_with(".cold");
}

} // namespace

Resolution resolve(const KernelImage& image) {
  Resolution out;
  if (!image.btf.vmlinux || !image.arch) return out;
  const AllTypes types(image.btf);
  for (const Symbol& function : image.functions) {
    if (is_part(function.name)) continue;
    const Trace traced = trace(image, types.of(function.module), function);
    for (const uint64_t at : traced.undecoded)
      if (at < function.address ||
          at - function.address < function.size) // beyond the end: after a call that never returns
        out.problems.push_back(
            fmt::format("{}+{:#x} is not an instruction that can be decoded", function.name, at - function.address));
    for (const Increment& inc : traced.increments)
      if (auto site = site_of(inc, image, types.of(function.module))) out.sites.push_back(std::move(*site));
  }
  std::ranges::sort(out.sites, {}, &Site::address);
  const auto twice = std::ranges::unique(out.sites, {}, &Site::address);
  out.sites.erase(twice.begin(), twice.end());
  return out;
}

} // namespace xs
