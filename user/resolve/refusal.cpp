// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Follows a function's instructions forwards from where they begin, without their values.
#include "refusal.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <map>
#include <set>

namespace xs {
namespace {

class Refusals {
public:
  Refusals(const KernelImage& image, const Symbol& function) : image_(image), function_(function) {
    walk(function.address, [this](const Insn& insn) {
      known_.emplace(insn.address, insn);
      return true;
    });
  }

  std::vector<Refusal> find(uint16_t error, size_t parameter) {
    follow(image_.arch->arguments[parameter]);
    std::vector<Refusal> out;
    for (const auto& [at, insn] : known_) {
      const Reg loaded = loads(insn, error);
      if (loaded == kNoReg || !only_returns(insn, loaded) || !holders_[at]) continue;
      out.push_back({at, static_cast<Reg>(std::countr_zero(holders_[at]))});
    }
    return out;
  }

private:
  const KernelImage& image_;
  const Symbol& function_;
  std::map<uint64_t, Insn> known_;       // that can be reached, by address
  std::map<uint64_t, uint64_t> holders_; // by address: a bit for each register that holds the parameter before it

  bool inside(uint64_t at) const { return at >= function_.address && at - function_.address < function_.size; }

  std::vector<uint64_t> successors(const Insn& insn) const {
    std::vector<uint64_t> out;
    if (insn.flow == Insn::Flow::next || insn.flow == Insn::Flow::branch || insn.flow == Insn::Flow::call)
      out.push_back(insn.next());
    if (insn.target && insn.flow != Insn::Flow::call && inside(*insn.target)) out.push_back(*insn.target);
    return out;
  }

  // Visits what can be reached, and goes on behind what `visit` says true of. False: something cannot be decoded.
  bool walk(uint64_t from, const std::function<bool(const Insn&)>& visit) const {
    std::set<uint64_t> seen;
    std::vector<uint64_t> open{from};
    bool decoded = true;
    while (!open.empty()) {
      const uint64_t at = open.back();
      open.pop_back();
      if (!seen.insert(at).second) continue;
      const auto insn = image_.insn(at);
      decoded &= insn.has_value();
      if (!insn || !visit(*insn)) continue;
      std::ranges::copy(successors(*insn), std::back_inserter(open));
    }
    return decoded;
  }

  // The register that is made -error; kNoReg: none.
  static Reg loads(const Insn& insn, uint16_t error) {
    for (const Op& op : insn.ops)
      if (op.kind == Op::Kind::constant && static_cast<int32_t>(op.imm) == -static_cast<int32_t>(error)) return op.dst;
    return kNoReg;
  }

  bool is_quiet(const Insn& insn, Reg loaded) const {
    if (insn.flow == Insn::Flow::call || insn.flow == Insn::Flow::branch) return false;
    return std::ranges::none_of(insn.ops, [&](const Op& op) {
      const bool returns = op.kind == Op::Kind::move && op.dst == image_.arch->result && op.src == loaded;
      const bool restores = op.dst == loaded && loaded != image_.arch->result && op.kind == Op::Kind::load;
      return op.kind == Op::Kind::store || op.kind == Op::Kind::fill ||
             ((op.dst == image_.arch->result || op.dst == loaded) && !returns && !restores);
    });
  }

  bool only_returns(const Insn& from, Reg loaded) const {
    bool quiet = true;
    const bool decoded = walk(from.next(), [&](const Insn& insn) { return quiet &= is_quiet(insn, loaded); });
    return decoded && quiet;
  }

  uint64_t behind(const Insn& insn, uint64_t holders) const {
    for (const Op& op : insn.ops) {
      if (op.dst == kNoReg || op.kind == Op::Kind::test) continue;
      const bool copies = op.kind == Op::Kind::move && op.size == 8 && holders >> op.src & 1;
      holders = copies ? holders | uint64_t{1} << op.dst : holders & ~(uint64_t{1} << op.dst);
    }
    if (insn.flow == Insn::Flow::call)
      for (const Reg reg : image_.arch->clobbered)
        holders &= ~(uint64_t{1} << reg);
    return holders;
  }

  // Where several ways meet, what holds it on all of them.
  void follow(Reg parameter) {
    std::vector<uint64_t> open{function_.address};
    holders_[function_.address] = uint64_t{1} << parameter;
    while (!open.empty()) {
      const uint64_t at = open.back();
      open.pop_back();
      const auto insn = known_.find(at);
      if (insn == known_.end()) continue;
      const uint64_t after = behind(insn->second, holders_[at]);
      for (const uint64_t next : successors(insn->second)) {
        const auto [known, fresh] = holders_.try_emplace(next, after);
        if (!fresh && (known->second & after) == known->second) continue;
        known->second &= after;
        open.push_back(next);
      }
    }
  }
};

} // namespace

std::vector<Refusal> refusals(const KernelImage& image, const Symbol& function, uint16_t error, size_t parameter) {
  return Refusals(image, function).find(error, parameter);
}

} // namespace xs
