// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The list made from kernel sources: counters, and the functions that increment them (scripts/gen_probe_list.py).
#pragma once

#include "../../bpf/counters.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace xs {

enum class Way : uint8_t { in, out, forward };

struct CounterRow {
  uint8_t index;            // into the kernel's linux_xfrm_mib
  const char* name;         // as in /proc/net/xfrm_stat
  std::string_view kernels; // versions that have it, "5.10 6.1"
};

struct ListedProbe {
  const char* file; // in the kernel's tree
  std::string_view function;
  std::string_view counter; // "*": chosen at run time
  std::string_view times;   // how often per version, "5.10:1 6.1:2"
  const char* config;       // options, separated by spaces, all of which must be set: CONFIG_...
  const char* module;       // name of the module, if it is one; nullptr: always built in
};

// A static function that the compiler may have merged into its caller.
struct ListedInline {
  const char* file;
  std::string_view function;
  std::string_view caller;
};

std::span<const CounterRow> counters();
std::span<const ListedProbe> probe_list();
std::span<const ListedInline> inline_list();

// True if the list says that the function may contain an increment.
bool is_listed(std::string_view function);
// True if it may increment this counter.
bool is_listed(std::string_view function, int64_t counter);
std::string counter_name(uint8_t index); // "Counter33" for an index that the list does not name
std::optional<uint8_t> counter_index(std::string_view name);
// Also for enum loss.
Way counter_way(uint8_t index);

} // namespace xs
