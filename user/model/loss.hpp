// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Kinds of losses that no counter counts, and where the kernel's sources lose packets.
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
  bool after_decryption = false; // reported only with --after-decryption
};

// How a place is found in the kernel's text.
enum class LossHook : uint8_t {
  call,  // the function calls one that frees the dropped packet
  entry, // every packet that enters the function is dropped
  end,   // the instruction that sets the function's result to an errno
};

// What is dropped at a place.
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
  uint8_t parameter;  // LossHook::entry, end: the number of the parameter that is the packet
  uint16_t error;     // the errno that the function returns then; 0: none, or any (LossHook::call)
  const char* config; // as in ListedProbe
  const char* module; // as in ListedProbe
};

constexpr bool is_loss(uint8_t counter) {
  return counter >= LOSS_FIRST;
}

// The kinds that events can have; others exist in sites only.
std::span<const LossKind> told_losses();
std::span<const ListedLoss> loss_list();
// nullptr: no such kind.
const LossKind* loss_kind(uint8_t index);
// The heading of an event: the name of its counter, or "no counter" for a loss.
std::string heading(uint8_t counter);
// The name of the kind of loss, or of the counter.
std::string kind_name(uint8_t counter);

} // namespace xs
