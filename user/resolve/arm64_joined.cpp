// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// arm64: what several instructions do together. A counter is decided by one that adds its offset to the counters'
// address, and raised a few instructions later; a probe may sit on the first, but not on all that raise.
#include "arm64.hpp"

#include <algorithm>

namespace xs::arm64 {
namespace {

constexpr int kFar = 24;           // instructions from where a counter is decided to where it is raised, at most
constexpr int64_t kLargest = 1024; // no struct of counters is larger, bytes

const Op* first_of(const Insn& insn, Op::Kind kind) {
  for (const Op& op : insn.ops)
    if (op.kind == kind) return &op;
  return nullptr;
}

bool writes(const Insn& insn, Reg reg) {
  for (const Op& op : insn.ops)
    if (op.dst == reg && op.kind != Op::Kind::test) return true;
  return false;
}

// What an instruction adds up, if it does nothing else.
const Op* only_sum(const Insn& insn) {
  return insn.ops.size() == 1 && insn.ops[0].kind == Op::Kind::add ? &insn.ops[0] : nullptr;
}

uint32_t word_of(const KernelImage& image, uint64_t at) {
  return xs::arm64::word_of(image.code(at));
}

// ldadd and stadd of 64 bits.
bool adds_at_once(Word w) {
  return w.is(0xff20fc00, 0xf8200000);
}
bool loads_exclusively(Word w, bool wide) {
  return w.is(0xffe07c00, wide ? 0xc8407c00 : 0x88407c00);
}
bool stores_exclusively(Word w, bool wide) {
  return w.is(0xffe07c00, wide ? 0xc8007c00 : 0x88007c00);
}

// What is added between an exclusive load and store at `at`, where both are there; none: something else is done.
struct Change {
  Reg by = kNoReg;
  int64_t imm = 0;
  bool minus = false;
};

std::optional<Change> changed_exclusively(const KernelImage& image, uint64_t at, bool wide) {
  const Word load{word_of(image, at)}, change{word_of(image, at + kLength)}, store{word_of(image, at + 2 * kLength)};
  if (!loads_exclusively(load, wide) || !stores_exclusively(store, wide)) return {};
  const bool same_place = load.reg_or_sp(5) == store.reg_or_sp(5) && change.reg(0) == store.reg(0);
  if (!same_place || change.wide() != wide) return {};
  Change out{.minus = change.bit(30)};
  if (change.is(0x3f800000, 0x11000000) && change.reg(5) == load.reg(0)) {
    out.imm = change.get(10, 12);
    return out;
  }
  const bool sum = change.is(0x3fe0fc00, 0x0b000000);
  const Reg one = change.reg(5), two = change.reg(16);
  if (!sum || (one != load.reg(0) && (two != load.reg(0) || out.minus))) return {};
  out.by = one == load.reg(0) ? two : one;
  return out;
}

// By how much 64 bits of memory grow at the address in a register; none: they do not.
std::optional<Change> raised(const KernelImage& image, const Insn& insn, Reg counter) {
  const Word w{word_of(image, insn.address)};
  if (adds_at_once(w) && w.reg_or_sp(5) == counter) return Change{.by = w.reg(16)};
  const bool called = insn.flow == Insn::Flow::call && insn.target && counter == 0;
  if (called && image.symbols.name_at(*insn.target) == "__percpu_add_case_64.constprop.0") return Change{.imm = 1};
  if (called && image.symbols.name_at(*insn.target) == "__percpu_add_case_64") return Change{.by = 1};
  if (!loads_exclusively(w, true) || w.reg_or_sp(5) != counter) return {};
  const auto change = changed_exclusively(image, insn.address, true);
  return change && !change->minus ? change : std::nullopt;
}

// Follows an address to where 64 bits of memory there grow.
class Walk {
public:
  Walk(const KernelImage& image, Reg counter) : image_(image), counter_(counter) {}

  // By how much: kNoReg: by one.
  std::optional<Reg> from(uint64_t at) {
    for (int steps = 0; steps < kFar; steps++) {
      const auto insn = aarch64().decode(image_.code(at), at);
      if (!insn) return {};
      if (per_cpu_)
        if (const auto by = raised(image_, *insn, counter_)) {
          raised_at_ = at;
          return amount(*by);
        }
      if (insn->flow == Insn::Flow::jump && insn->target) {
        at = *insn->target;
        continue;
      }
      if (asks_for_cpu(*insn)) {
        at = insn->next();
        continue;
      }
      if (insn->flow != Insn::Flow::next || !follow(*insn)) return {};
      at = insn->next();
    }
    return {};
  }

  uint64_t raised_at() const { return raised_at_; }

private:
  const KernelImage& image_;
  Reg counter_; // holds the address
  uint64_t raised_at_ = 0;
  bool per_cpu_ = false; // the CPU's offset is in it
  std::array<bool, kMaxRegs> one_{}, written_{};

  // Linux 6.1 has functions of its own for what is mostly inlined: one returns the CPU's offset.
  bool asks_for_cpu(const Insn& insn) {
    const bool called = insn.flow == Insn::Flow::call && insn.target;
    if (!called || image_.symbols.name_at(*insn.target) != "__kern_my_cpu_offset") return false;
    const auto lost = aarch64().clobbered;
    for (const Reg r : lost) {
      written_[r] = true;
      one_[r] = false;
    }
    return std::ranges::find(lost, counter_) == lost.end();
  }

  // A register that is written on the way holds no amount where the counter is decided, unless it is known to be one.
  std::optional<Reg> amount(const Change& by) const {
    if (by.by == kNoReg) return by.imm == 1 ? std::optional(kNoReg) : std::nullopt;
    if (one_[by.by]) return kNoReg;
    return written_[by.by] ? std::nullopt : std::optional(by.by);
  }

  bool follow(const Insn& insn) {
    const Op* sum = only_sum(insn);
    const bool of_counter = sum && !per_cpu_ && sum->imm == 0 && sum->scale == 1 && sum->base != kNoReg &&
                            sum->index != kNoReg && (sum->base == counter_) != (sum->index == counter_);
    for (const Op& op : insn.ops) {
      if (op.dst == kNoReg || op.kind == Op::Kind::test) continue;
      written_[op.dst] = true;
      one_[op.dst] = op.kind == Op::Kind::constant && op.imm == 1;
    }
    if (of_counter) {
      counter_ = sum->dst;
      return per_cpu_ = true;
    }
    return !writes(insn, counter_);
  }
};

// add xD, xCounters, #8 * counter
void decide(Insn& insn, const KernelImage& image) {
  const Op* sum = only_sum(insn);
  if (!sum || sum->base == kNoReg || sum->base >= kStack || sum->index != kNoReg) return;
  if (sum->imm <= 0 || sum->imm >= kLargest || sum->imm % 8) return;
  Walk walk(image, sum->dst);
  const auto by = walk.from(insn.next());
  if (!by) return;
  insn.raised_at = walk.raised_at();
  const Op count{.kind = Op::Kind::count, .base = sum->base, .src = *by, .imm = sum->imm};
  insn.ops.insert(insn.ops.begin(), count);
}

// A count of references that falls in a loop of an exclusive load and store.
void give_up(Insn& insn, const KernelImage& image) {
  const auto change = changed_exclusively(image, insn.address, false);
  if (!change) return;
  const Op* load = first_of(insn, Op::Kind::load);
  if (!load || (!change->minus && change->by == kNoReg)) return;
  const Op release{.kind = Op::Kind::release, .base = load->base, .src = change->minus ? kNoReg : change->by};
  insn.ops.insert(insn.ops.begin(), release);
}

} // namespace

void joined(Insn& insn, const KernelImage& image) {
  if (insn.flow != Insn::Flow::next) return;
  decide(insn, image);
  give_up(insn, image);
}

// An address that is the sum of two registers, as that of a CPU's own memory is.
bool raises(const Insn& insn, const KernelImage& image) {
  const Word before{word_of(image, insn.address - kLength)};
  return before.is(0xffe0fc00, 0x8b000000) && raised(image, insn, before.reg(0)).has_value();
}

// As the kernel looks for one (arch/arm64/kernel/probes/decode-insn.c): back to the nearest exclusive load or store, of
// which it knows no better than to take other instructions of the same group for one.
std::optional<uint64_t> refused_behind(const KernelImage& image, uint64_t function, uint64_t address) {
  constexpr uint64_t kReach = 32 * kLength;
  constexpr uint32_t kMask = 0x3f400000, kLoad = 0x08400000, kStore = 0x08000000;
  const uint64_t end = address - function < kReach ? function : address - kReach;
  for (uint64_t at = address; at > end;) {
    at -= kLength;
    const Word w{word_of(image, at)};
    if (w.is(kMask, kStore)) return {};
    if (w.is(kMask, kLoad)) return at;
  }
  return {};
}

} // namespace xs::arm64
