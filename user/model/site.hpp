// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A site: the place in the running kernel where a counter of /proc/net/xfrm_stat is decided and its increment is
// certain, and the operands that registers and stack slots hold there. On x86-64 it is the increment itself; on arm64,
// where some of the incrementing instructions must not be probed, it is a few instructions before.
#pragma once

#include "processor.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace xs {

// What an operand is. The order is that of `enum role` in bpf/site.h.
enum class Role : uint8_t { skb, flow, state, policy, net, sock, dst, family };
inline constexpr size_t kRoles = 8;
inline constexpr std::array<const char*, kRoles> kRoleNames{"skb", "flow", "state", "policy",
                                                            "net", "sock", "dst",   "family"};

// Why a place is believed to hold the operand.
enum class Proof : uint8_t {
  argument, // a parameter of the function, typed by BTF, that is still there
  member,   // loaded from a member of a typed object
  returned, // returned by a function, typed by BTF
  passed,   // passed to a parameter of another function, typed by BTF
  source,   // the kernel's source passes it as void *; see resolve/facts.hpp
  layout,   // loaded from an object of unknown type, at the offset that net.mib.xfrm_statistics has in struct net
};

// Where the site finds the address of an object (or, for `family`, the value itself, in the low byte). The address may
// be NULL or an error pointer.
struct Operand {
  enum class Where : uint8_t {
    reg,
    slot,
    frame,    // the object itself is in the function's frame
    constant, // the value is `offset`
  };
  Where where = Where::reg;
  uint8_t reg = 0; // Where::reg: number of the register (x86-64: the encoding, rax 0 .. r15 15; arm64: x0 0 .. x30 30)
  int32_t offset = 0; // Where::slot, frame: bytes from the stack pointer
  int32_t addend = 0; // added to the value found there, bytes
  Proof proof = Proof::argument;
  uint32_t frame = 0; // not 0: on some paths the place holds something else, which is not the object: an address of
                      // the function's own frame (less than this many bytes above the stack pointer), or a number
                      // between -2^40 and 2^40
  bool operator==(const Operand&) const = default;
};

// The register that holds the counters' base: a register plus a displacement is the counter's per-CPU address.
struct CounterBase {
  uint8_t reg = 0;
  int32_t base_offset = 0; // register's value minus this is net->mib.xfrm_statistics, bytes
  bool operator==(const CounterBase&) const = default;
};

using Operands = std::array<std::optional<Operand>, kRoles>;

// Where a value of the caller is kept: a spill slot or a callee-saved register.
struct Kept {
  std::optional<uint8_t> reg; // a register, as in Operand; none: a slot
  int32_t offset = 0;         // of the slot, bytes from the stack pointer
  bool operator==(const Kept&) const = default;
};

// Where a certain caller of the function keeps the flow, and perhaps its route.
struct CallerFlow {
  uint64_t back = 0; // the function's return address if this caller called
  Kept flow;
  std::optional<Kept> dst;
  bool operator==(const CallerFlow&) const = default;
};

// An instruction that runs only before an increment, and where something is known that the site of the increment has
// lost: a probe notes it.
struct SiteMark {
  enum class Kind : uint8_t {
    flow,  // the flow that is looked up
    error, // what the SA's transform returned: a negative error number, 32 bits
  };
  Kind kind = Kind::flow;
  Processor processor = Processor::x86_64;
  std::string function; // as in Site
  uint64_t address = 0;
  uint64_t offset = 0;
  std::optional<uint64_t> refused_behind = {}; // as in Site
  uint8_t counter = 0;                         // the counter raised next
  std::optional<Operand> value;                // where the value is; none: the callers have it
  std::vector<CallerFlow> callers;             // of the function
  std::optional<int32_t> return_at;            // where the return address is, bytes from the stack pointer
};

struct Site {
  Processor processor = Processor::x86_64;
  std::string function; // the symbol that contains it, perhaps a ".cold" part
  std::string module;   // empty: built in
  uint64_t address = 0;
  uint64_t offset = 0; // from the symbol's start, bytes
  uint8_t counter = 0; // index into the kernel's linux_xfrm_mib
  CounterBase base;
  std::optional<uint64_t> refused_behind; // arm64: a compare-and-swap because of which the kernel refuses a probe here
  std::optional<uint8_t> amount;          // the register that holds the amount; none: the amount is one
  Operands operands{};
  std::optional<Operand> policies;     // the address of an array of policies, the first of which matched
  std::optional<Operand> looked_up;    // the flow, decoded from the packet, that policies were looked up with
  std::vector<CallerFlow> callers;     // if the increment has neither packet nor flow, but callers do
  std::optional<int32_t> return_at;    // where the return address is, bytes from the stack pointer
  std::optional<Operand> error;        // out: the number that the function will return, unless that is 0
  std::optional<SiteMark::Kind> noted; // what the site may have lost, and a SiteMark has noted

  const std::optional<Operand>& operand(Role role) const { return operands[static_cast<size_t>(role)]; }
};

} // namespace xs
