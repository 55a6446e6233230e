// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Picks the increments of xfrm_statistics out of each function's trace and the best place for each operand.
#include "resolve.hpp"
#include "trace.hpp"

#include "../model/probe_list.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>

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

std::optional<Role> role_of(const Value& v, const Types& types) {
  if (v.kind == Kind::scalar) return Role::family;
  if (v.kind != Kind::pointer) return {};
  const std::string_view name = types.name(v.type);
  for (size_t i = 0; i < kStructs.size(); i++)
    if (name == kStructs[i]) return static_cast<Role>(i);
  return {};
}

// A certain place is better than an uncertain one, a strong proof better than a weak one, a register than a slot.
auto rank(const Operand& o) {
  return std::tuple(o.frame != 0, o.proof, o.where, o.addend != 0);
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
      offer(site, v, {.where = Operand::Where::slot, .offset = static_cast<int32_t>(at + *depth_)});
  }

private:
  const State& state_;
  const Types& types_;
  std::optional<int64_t> depth_;

  void offer(Site& site, const Value& v, Operand operand) const {
    const auto role = role_of(v, types_);
    if (!role || (v.or_frame && !depth_)) return;
    operand.proof = v.proof;
    operand.addend = static_cast<int32_t>(-v.offset);
    operand.frame = v.or_frame ? static_cast<uint32_t>(*depth_) : 0;
    auto& best = site.operands[static_cast<size_t>(*role)];
    if (!best || rank(operand) < rank(*best)) best = operand;
  }
};

// The site of an increment; none: some other counter's.
std::optional<Site> site_of(const Increment& inc, const KernelImage& image, const Types& types) {
  const Value& base = inc.state.reg[inc.op.base];
  if (base.kind != Kind::pointer || base.or_frame || types.name(base.type) != "linux_xfrm_mib") return {};
  const int64_t at = base.offset + inc.op.imm;
  const Symbol* symbol = image.around(inc.address);
  if (base.proof == Proof::layout && !is_listed(source_name(symbol ? symbol->name : ""), at / 8)) return {};
  if (!symbol || at % 8 || at / 8 <= 0 || at / 8 >= XFRM_COUNTER_MAX) return {};
  Site site{.function = symbol->name,
            .module = symbol->module,
            .address = inc.address,
            .offset = inc.address - symbol->address,
            .counter = static_cast<uint8_t>(at / 8),
            .base = {inc.op.base, static_cast<int32_t>(base.offset)},
            .amount = {}};
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
