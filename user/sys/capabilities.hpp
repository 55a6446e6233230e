// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Capabilities and seccomp of this process, from the text of /proc/self/status. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace xs {

// A set of capabilities; the bit of capability N is 1 << N.
using Capabilities = uint64_t;

constexpr bool has(Capabilities set, unsigned capability) {
  return set >> capability & 1;
}

// The value of a line "Name:\tvalue" without the blanks around it; none: no such line.
std::optional<std::string_view> status_field(std::string_view status, std::string_view name);
// The effective set (line CapEff); none: the text has no valid one.
std::optional<Capabilities> effective_capabilities(std::string_view status);
// True if a seccomp filter may refuse system calls (line Seccomp is 2).
bool filtered_by_seccomp(std::string_view status);
// True if `uid_map` (/proc/self/uid_map) is that of the initial user namespace: capabilities in any other one do not
// allow BPF and kprobes.
bool is_initial_user_namespace(std::string_view uid_map);

} // namespace xs
