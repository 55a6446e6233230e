// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Kinds of packets that IPsec loses without a counter, and where the kernel's sources lose them.
#pragma once

#include "../../bpf/losses.h"
#include "probe_list.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace xs {

struct LossKind {
  uint8_t index; // enum loss
  const char* name;
  Way way;
  bool after_decryption = false; // told only with --after-decryption
};

// How a place is recognized in the kernel's text.
enum class LossHook : uint8_t {
  call,  // the function calls one that frees what it drops
  entry, // only packets that are dropped enter the function
  end,   // the instruction that makes the function's result an errno
};

// What a place has in hand.
enum class Dropped : uint8_t {
  packet,    // one, or a list of them by the first one
  queue,     // a policy's queue
  fragments, // of a packet, IPv4
  fragments6,
};

struct ListedLoss {
  const char* file; // in the kernel's tree
  std::string_view function;
  LossHook hook;
  Dropped dropped;
  uint8_t kind;       // enum loss
  uint8_t parameter;  // LossHook::entry, end: which one of the function's is the packet
  uint16_t error;     // the errno that it returns then; 0: none, or that of LossHook::call does not matter
  const char* config; // as in ListedProbe
  const char* module; // as in ListedProbe
};

constexpr bool is_loss(uint8_t counter) {
  return counter >= LOSS_FIRST;
}

// Without those that are of sites alone.
std::span<const LossKind> told_losses();
std::span<const ListedLoss> loss_list();
// nullptr: there is no such kind.
const LossKind* loss_kind(uint8_t index);
// What stands where the name of a counter does: "no counter" for a loss.
std::string heading(uint8_t counter);
// That of the kind of loss, or of the counter.
std::string kind_name(uint8_t counter);

} // namespace xs
