// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Encodes random instructions.
#include "random_program.hpp"

#include <fmt/format.h>

namespace xs::test {
namespace {

constexpr Reg kRsp = 4;
constexpr Reg kUsed[] = {0, 1, 2, 3, 6, 7, 8, 9, 12, 13};

// What a place probably holds: so that most programs do what a compiler's would.
enum class Guess { junk, skb, net, flow, state, policy, policies, dst, sock, device, frame };

struct Step {
  Guess from;
  int32_t at;
  Guess to;
};
constexpr Step kSteps[] = {
    {Guess::skb, 0, Guess::skb},         {Guess::skb, 0x20, Guess::device},  {Guess::skb, 0x28, Guess::state},
    {Guess::skb, 0x58, Guess::dst},      {Guess::skb, 0x90, Guess::junk},    {Guess::device, 0x10, Guess::net},
    {Guess::state, 0, Guess::net},       {Guess::policy, 0, Guess::net},     {Guess::dst, 0x20, Guess::state},
    {Guess::policies, 0, Guess::policy}, {Guess::policies, 8, Guess::policy}};

class Writer {
public:
  explicit Writer(Random& random) : random_(random) {
    constexpr std::pair<Reg, Guess> kStart[] = {
        {7, Guess::skb}, {6, Guess::net}, {2, Guess::flow}, {8, Guess::policies}, {9, Guess::dst}};
    for (const auto& [reg, guess] : kStart)
      reg_[reg] = guess;
    slot_[9] = Guess::sock;
  }

  Code write() {
    line("48 83 ec 40"); // sub rsp, 0x40
    const size_t count = 6 + pick(random_, 30);
    for (size_t i = 0; i < count; i++)
      step(i);
    for (size_t i = 0; i < labels_; i++)
      if (!placed_[i]) line(fmt::format("l{}:", i));
    count_packet();
    line("c3");
    return std::move(code_);
  }

private:
  Random& random_;
  Code code_;
  Guess reg_[16] = {};
  Guess slot_[16] = {};
  size_t labels_ = 0;
  std::vector<bool> placed_;

  void line(std::string text) { code_.push_back(std::move(text)); }
  size_t below(size_t n) { return pick(random_, n); }
  Reg reg() { return kUsed[below(std::size(kUsed))]; }
  int32_t slot() { return static_cast<int32_t>(8 * below(9)); }
  // A register that probably holds this; any other, seldom or if there is none.
  Reg holder(Guess guess) {
    std::vector<Reg> found;
    for (const Reg r : kUsed)
      if (reg_[r] == guess) found.push_back(r);
    return found.empty() || below(16) == 0 ? reg() : found[below(found.size())];
  }

  // REX.W opcode, register, register.
  void both(const char* opcode, Reg field, Reg rm) {
    line(fmt::format("{:02x} {} {:02x}", 0x48 | (field > 7) << 2 | (rm > 7), opcode,
                     0xc0 | (field & 7) << 3 | (rm & 7)));
  }

  // REX.W opcode, register, [base + disp32].
  void memory(const char* prefix, const char* opcode, Reg field, Reg base, int32_t disp) {
    const auto d = static_cast<uint32_t>(disp);
    line(fmt::format("{}{:02x} {} {:02x}{} {:02x} {:02x} {:02x} {:02x}", prefix, 0x48 | (field > 7) << 2 | (base > 7),
                     opcode, 0x80 | (field & 7) << 3 | (base & 7), (base & 7) == kRsp ? " 24" : "", d & 0xff,
                     d >> 8 & 0xff, d >> 16 & 0xff, d >> 24));
  }

  // mov [rsp + index * 8 + disp32], value
  void store_element(Reg index, Reg value, int32_t disp) {
    line(fmt::format("{:02x} 89 {:02x} {:02x} {:02x} 00 00 00", 0x48 | (value > 7) << 2 | (index > 7) << 1,
                     0x84 | (value & 7) << 3, 0xc4 | (index & 7) << 3, disp));
  }

  void count_packet() {
    const Reg net = holder(Guess::net), base = reg();
    memory("", "8b", base, net, 0x50);
    memory("65 ", "ff", 0, base, 8);
    reg_[base] = Guess::junk;
  }

  void load_member() {
    const Step& step = kSteps[below(std::size(kSteps))];
    const Reg to = reg();
    memory("", "8b", to, holder(step.from), step.at);
    reg_[to] = step.to;
  }

  void branch() {
    constexpr const char* kJumps[] = {"je", "jne", "ja", "jbe", "js", "jmp"};
    if (labels_ < 4 && below(2)) {
      placed_.push_back(false);
      labels_++;
    }
    if (labels_ == 0) return;
    line(fmt::format("{} l{}", kJumps[below(std::size(kJumps))], below(labels_)));
  }

  struct Callee {
    const char* name;
    Guess takes;
    Guess gives;
  };

  void call() {
    constexpr Callee kCalls[] = {
        {"use_skb", Guess::skb, Guess::junk},        {"get_state", Guess::junk, Guess::state},
        {"get_net", Guess::junk, Guess::net},        {"fill_flow", Guess::frame, Guess::junk},
        {"look_at_flow", Guess::flow, Guess::junk},  {"set_number", Guess::frame, Guess::junk},
        {"take_any", Guess::frame, Guess::junk},     {"memcpy", Guess::frame, Guess::frame},
        {"consume_skb", Guess::skb, Guess::junk},    {"dst_release", Guess::dst, Guess::junk},
        {"nobody_knows", Guess::junk, Guess::junk},  {"set_policies", Guess::policies, Guess::junk},
        {"set_policies", Guess::frame, Guess::junk}, {"look_at_flow", Guess::frame, Guess::junk}};
    if (below(8) == 0) return line("call preempt_schedule_thunk");
    const Callee& callee = kCalls[below(std::size(kCalls))];
    give_arguments(callee);
    line(std::string("call ") + callee.name);
    for (const Reg r : {0, 1, 2, 6, 7, 8, 9})
      reg_[r] = Guess::junk;
    reg_[0] = callee.gives;
  }

  void give_arguments(const Callee& callee) {
    if (callee.takes == Guess::frame || (callee.takes == Guess::junk && below(3) == 0))
      memory("", "8d", 7, kRsp, slot());
    else if (callee.takes != Guess::junk)
      both("89", holder(callee.takes), 7);
    if (std::string_view(callee.name) != "memcpy") return;
    both("89", holder(Guess::policies), 6);
    line(below(2) ? "ba 10 00 00 00" : "ba 08 00 00 00"); // mov edx, size
  }

  void question() {
    const Reg r = reg();
    if (below(2)) return both("85", r, r);
    line(fmt::format("{:02x} 81 {:02x} 00 f0 ff ff", 0x48 | (r > 7), 0xf8 | (r & 7)));
  }

  void step(size_t i) {
    if (labels_ && !placed_[i % labels_] && below(4) == 0) {
      line(fmt::format("l{}:", i % labels_));
      placed_[i % labels_] = true;
    }
    const Reg a = reg(), b = reg();
    const int32_t at = slot();
    switch (below(20)) {
    case 0:
    case 1:
    case 2:
      reg_[b] = reg_[a];
      return both("89", a, b);
    case 3:
    case 4:
      slot_[at / 8] = reg_[a];
      return memory("", "89", a, kRsp, at);
    case 5:
    case 6:
      reg_[a] = slot_[at / 8];
      return memory("", "8b", a, kRsp, at);
    case 7:
    case 8:
      return load_member();
    case 9:
      reg_[a] = Guess::frame;
      return memory("", "8d", a, kRsp, at);
    case 10:
      return both("0f 45", a, b); // cmovne
    case 11:
      return call();
    case 12:
    case 13:
      return branch();
    case 14:
      return question();
    case 15:
      return line(fmt::format("{:02x} 83 {:02x} 08", 0x48 | (a > 7), 0xc0 | (a & 7))); // add a, 8
    case 16:
      return line(fmt::format("{:02x} 89 {:02x}", 0x40 | (a > 7) << 2 | (b > 7), 0xc0 | (a & 7) << 3 | (b & 7)));
    case 17:
      return memory("", "89", a, holder(Guess::skb), 0x90);
    case 18:
      line(fmt::format("{:02x} 83 {:02x} 01", 0x40 | (a > 7), 0xe0 | (a & 7))); // and a, 1
      return store_element(a, b, at);
    default:
      return count_packet();
    }
  }
};

} // namespace

Code random_program(Random& random) {
  return Writer(random).write();
}

} // namespace xs::test
