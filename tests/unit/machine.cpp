// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// An interpreter of the decoder's operations on concrete values, with a few objects of each type in memory.
#include "machine.hpp"

#include <fmt/format.h>

namespace xs::test {
namespace {

enum Type : uint64_t { kSkb, kFlow, kState, kPolicy, kNet, kSock, kDst, kDevice, kMib, kTypes };
constexpr uint64_t kObjects = 0xffff888000000000, kEach = 0x1000, kInstances = 3, kArrays = 0xffffc90000010000;
constexpr uint64_t kEntry = 0xffffc90000008000, kReturn = 0xffffffff81fffff0;
constexpr Reg kRsp = 4, kRdi = 7, kRsi = 6, kRdx = 2, kRax = 0;
constexpr uint64_t kErrorStart = static_cast<uint64_t>(-4095);

uint64_t object(Type type, uint64_t i) {
  return kObjects + (type * kInstances + i) * kEach;
}

bool is(Type type, uint64_t address) {
  for (uint64_t i = 0; i < kInstances; i++)
    if (address == object(type, i)) return true;
  return false;
}

bool inside_object(uint64_t address) {
  return address >= kObjects && address < object(kTypes, 0);
}

bool nothing(uint64_t v) {
  return v == 0 || v >= kErrorStart;
}

} // namespace

Machine::Machine(const KernelImage& image, const Resolution& resolution, Random& random)
    : image_(image), resolution_(resolution), random_(random) {}

uint64_t Machine::garbage() {
  return (static_cast<uint64_t>(random_()) << 32 | random_()) >> pick(random_, 60);
}

// A pointer to an instance; rarely NULL.
static uint64_t some(Type type, Random& random) {
  return pick(random, 8) ? object(type, pick(random, kInstances)) : 0;
}

// What a packet leads to is never what the function got as an argument.
static uint64_t following(Type type, uint64_t skb) {
  const uint64_t i = (skb - object(kSkb, 0)) / kEach + 1;
  return i < kInstances ? object(type, i) : 0;
}

uint64_t Machine::word(uint64_t address) {
  const auto it = memory_.find(address);
  if (it != memory_.end()) return it->second;
  const uint64_t within = (address - kObjects) % kEach, type = (address - kObjects) / kEach / kInstances;
  uint64_t v = garbage();
  if (inside_object(address)) {
    if (type == kSkb && within == 0) v = following(kSkb, address);
    if (type == kSkb && within == 0x20) v = some(kDevice, random_);
    if (type == kSkb && within == 0x28) v = some(kState, random_);
    if (type == kSkb && within == 0x58) v = following(kDst, address);
    if ((type == kState || type == kPolicy) && within == 0) v = some(kNet, random_);
    if (type == kDst && within == 0x20) v = some(kState, random_);
    if (type == kDevice && within == 0x10) v = object(kNet, pick(random_, kInstances));
    if (type == kNet && within == 0x50) v = object(kMib, (address - object(kNet, 0)) / kEach);
  }
  if (address >= kArrays && address < kArrays + 0x100) v = some(kPolicy, random_);
  return memory_[address] = v;
}

uint64_t Machine::read(uint64_t address, unsigned size) {
  uint64_t v = 0;
  for (unsigned i = 0; i < size; i++) {
    const uint64_t at = address + i;
    v |= (word(at & ~7ull) >> (8 * (at & 7)) & 0xff) << (8 * i);
  }
  return v;
}

void Machine::write(uint64_t address, uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size && i < 8; i++) {
    const uint64_t at = address + i, shift = 8 * (at & 7);
    const uint64_t old = word(at & ~7ull);
    memory_[at & ~7ull] = (old & ~(0xffull << shift)) | (value >> (8 * i) & 0xff) << shift;
  }
}

void Machine::start() {
  memory_.clear();
  freed_.clear();
  exposed_.clear();
  question_ = {};
  for (uint64_t& r : reg_)
    r = garbage();
  reg_[kRdi] = object(kSkb, 0);
  reg_[kRsi] = object(kNet, pick(random_, kInstances));
  reg_[kRdx] = object(kFlow, pick(random_, kInstances));
  reg_[1] = pick(random_, 2) ? 2 : 10; // family
  reg_[8] = kArrays;
  reg_[9] = object(kDst, 0);
  reg_[kRsp] = kEntry;
  memory_[kEntry] = kReturn;
  memory_[kEntry + 8] = object(kSock, 0);
}

uint64_t Machine::address(const Op& op) const {
  uint64_t at = static_cast<uint64_t>(op.imm);
  if (op.base != kNoReg) at += reg_[op.base];
  if (op.index != kNoReg) at += reg_[op.index] * static_cast<uint64_t>(static_cast<int64_t>(op.scale));
  return at;
}

void Machine::scribble(uint64_t from, uint64_t to) {
  for (uint64_t at = from & ~7ull; at < to; at += 8)
    if (pick(random_, 2)) memory_[at] = garbage();
}

void Machine::apply(const Op& op) {
  const uint64_t imm = static_cast<uint64_t>(op.imm);
  const bool accesses = op.kind == Op::Kind::load || op.kind == Op::Kind::store;
  if (accesses) {
    const uint64_t at = address(op);
    if (op.kind == Op::Kind::load && op.imm == 0x50 && op.base != kRsp && !is(kNet, at - 0x50))
      throw Undefined{};                                              // no netns
    if (at + (1ull << 40) < 1ull << 41) throw Undefined{};            // a fault
    if (op.index != kNoReg && reg_[op.index] >= 4) throw Undefined{}; // beyond the array
    if (at >= kEntry - 0x1000 && at < reg_[kRsp]) throw Undefined{};  // below the stack pointer
    if (op.kind == Op::Kind::store && inside_object(at) && at % kEach < 0x90) throw Undefined{}; // into a typed member
    if (op.kind == Op::Kind::store && at >= kArrays && at < kArrays + 0x100) throw Undefined{};
    if (op.kind == Op::Kind::store && at + 8 > kEntry && at < kEntry + 8) throw Undefined{}; // the return address
  }
  switch (op.kind) {
  case Op::Kind::move:
    reg_[op.dst] = op.size == 8 ? reg_[op.src] : reg_[op.src] & ((1ull << 8 * op.size) - 1);
    break;
  case Op::Kind::constant:
    reg_[op.dst] = imm;
    break;
  case Op::Kind::number:
    reg_[op.dst] = static_cast<uint32_t>(garbage());
    break;
  case Op::Kind::add:
    reg_[op.dst] = address(op);
    break;
  case Op::Kind::mask:
    reg_[op.dst] &= imm;
    break;
  case Op::Kind::load:
    reg_[op.dst] = read(address(op), op.size);
    break;
  case Op::Kind::store: {
    const uint64_t v = op.src == kNoReg ? garbage() : reg_[op.src], at = address(op);
    write(at, v, op.size);
    if (at < kEntry - 0x1000 || at >= kEntry + 0x100)
      if (v < kEntry && v >= reg_[kRsp]) exposed_.emplace_back(v, kEntry); // an address of the frame escapes
    break;
  }
  case Op::Kind::choose:
    if (pick(random_, 2)) reg_[op.dst] = reg_[op.src];
    break;
  case Op::Kind::test: {
    const uint64_t v = reg_[op.dst];
    question_ = {true, op.size == 0 ? v == 0 : v > static_cast<uint64_t>(kErrors), op.size == 0};
    break;
  }
  case Op::Kind::clobber:
    reg_[op.dst] = garbage();
    break;
  case Op::Kind::fill:
  case Op::Kind::release:
  case Op::Kind::count:
    break;
  }
}

bool Machine::taken(const Insn& insn) {
  using Condition = Insn::Condition;
  if (question_.valid && question_.null && insn.condition == Condition::equal) return question_.truth;
  if (question_.valid && question_.null && insn.condition == Condition::unequal) return !question_.truth;
  if (question_.valid && !question_.null && insn.condition == Condition::above) return question_.truth;
  if (question_.valid && !question_.null && insn.condition == Condition::not_above) return !question_.truth;
  return pick(random_, 2);
}

void Machine::called(std::string_view name) {
  const uint64_t p = reg_[kRdi];
  const bool own = p >= reg_[kRsp] && p < kEntry; // an address of the frame
  const auto must = [&](Type type) {
    if (!is(type, p) || freed_.contains(p)) throw Undefined{};
  };
  if (name == "use_skb" || name == "consume_skb") must(kSkb);
  if (name == "dst_release") must(kDst);
  if (name == "consume_skb" || name == "dst_release") freed_.insert(p);
  if ((name == "fill_flow" || name == "look_at_flow") && !own) must(kFlow);
  if (name == "fill_flow" && own) {
    if (p + 0x40 > kEntry) throw Undefined{};
    std::erase_if(looked_up_, [&](uint64_t at) { return at < p + 0x40 && p < at + 0x40; });
    exposed_.emplace_back(p, p + 0x40);
  }
  if (name == "look_at_flow" && own) looked_up_.insert(p);
  if (name == "take_any" && own) exposed_.emplace_back(p, kEntry);
  if (name == "set_number" && own) write(p, garbage(), 4);
  if (name == "set_number" && !own) throw Undefined{};
  if (name == "set_policies") {
    if (!own && p != kArrays) throw Undefined{};
    if (own && pick(random_, 2)) memory_[p & ~7ull] = some(kPolicy, random_);
  }
  if (name == "nobody_knows")
    for (const Reg r : image_.arch->arguments)
      if (reg_[r] >= reg_[kRsp] && reg_[r] < kEntry) exposed_.emplace_back(reg_[r], kEntry);
}

void Machine::call(const Insn& insn) {
  const std::string_view name = insn.target ? image_.symbols.name_at(*insn.target) : "";
  if (name == "preempt_schedule_thunk") return;
  uint64_t result = garbage();
  if (name == "memcpy") {
    const uint64_t to = reg_[kRdi], from = reg_[kRsi], size = reg_[kRdx];
    if (from < 1ull << 40) throw Undefined{};
    if (size > 64 || size % 8 || size == 0 || (to & 7) || (from & 7) || to < reg_[kRsp] || to + size > kEntry)
      throw Undefined{};
    for (uint64_t i = 0; i < size; i += 8)
      memory_[to + i] = word(from + i);
    result = to;
  } else {
    called(name);
    for (const auto& [from, to] : exposed_)
      scribble(from, to);
  }
  if (name == "get_state") result = pick(random_, 4) ? object(kState, pick(random_, kInstances)) : kErrorStart;
  if (name == "get_net") result = object(kNet, pick(random_, kInstances));
  for (const Reg r : image_.arch->clobbered)
    reg_[r] = garbage();
  reg_[kRax] = result;
}

bool Machine::holds(const Operand& o, Role role) {
  constexpr Type kRole[] = {kSkb, kFlow, kState, kPolicy, kNet, kSock, kDst};
  const uint64_t sp = reg_[kRsp];
  const uint64_t v =
      o.where == Operand::Where::reg ? reg_[o.reg] : read(sp + static_cast<uint64_t>(int64_t{o.offset}), 8);
  if (role == Role::family) return (v & 0xff) == 2 || (v & 0xff) == 10;
  const bool number = v + (1ull << 40) < 1ull << 41;
  if (nothing(v) || (o.frame && (v - sp < o.frame || number))) return true;
  const uint64_t at = v + static_cast<uint64_t>(int64_t{o.addend});
  return nothing(at) || (is(kRole[static_cast<size_t>(role)], at) && !freed_.contains(at));
}

void Machine::check(uint64_t at) {
  for (const Site& site : resolution_.sites) {
    if (site.address != at) continue;
    checked_++;
    const uint64_t mib = reg_[site.base.reg] - static_cast<uint64_t>(int64_t{site.base.base_offset});
    if (!is(kMib, mib) && !nothing(reg_[site.base.reg])) wrong_ = "base of " + describe(site);
    for (size_t role = 0; role < kRoles; role++)
      if (const auto& o = site.operands[role]; o && !holds(*o, static_cast<Role>(role)))
        wrong_ = fmt::format("{} of {}", kRoleNames[role], describe(site));
    if (const auto& o = site.looked_up;
        o && !looked_up_.contains(reg_[kRsp] + static_cast<uint64_t>(int64_t{o->offset})))
      wrong_ = "looked_up of " + describe(site);
  }
}

std::string Machine::run() {
  start();
  uint64_t at = kStart;
  try {
    for (int steps = 0; steps < 300 && wrong_.empty(); steps++) {
      const auto insn = image_.insn(at);
      if (!insn || insn->flow == Insn::Flow::end) break;
      check(at);
      if (insn->sets_flags) question_.valid = false;
      if (insn->flow == Insn::Flow::call && at != kStart) call(*insn);
      for (const Op& op : insn->ops)
        apply(op);
      const bool jumps = insn->flow == Insn::Flow::jump || (insn->flow == Insn::Flow::branch && taken(*insn));
      at = jumps ? insn->target.value_or(0) : insn->next();
    }
  } catch (const Undefined&) {
  }
  return wrong_;
}

} // namespace xs::test
