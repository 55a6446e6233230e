// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Parses /proc/self/status and /proc/self/uid_map.
#include "capabilities.hpp"

#include <array>
#include <charconv>

namespace xs {
namespace {

constexpr std::string_view kBlanks = " \t\n";

// Takes the next word off the text.
std::string_view word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const std::string_view out = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(out.size());
  return out;
}

} // namespace

std::optional<std::string_view> status_field(std::string_view status, std::string_view name) {
  while (!status.empty()) {
    std::string_view line = status.substr(0, status.find('\n'));
    status.remove_prefix(std::min(line.size() + 1, status.size()));
    if (!line.starts_with(name) || line.substr(name.size(), 1) != ":") continue;
    line.remove_prefix(name.size() + 1);
    return word(line);
  }
  return {};
}

std::optional<Capabilities> effective_capabilities(std::string_view status) {
  const auto field = status_field(status, "CapEff");
  if (!field || field->empty()) return {};
  Capabilities set = 0;
  const auto [end, error] = std::from_chars(field->data(), field->data() + field->size(), set, 16);
  if (error != std::errc{} || end != field->data() + field->size()) return {};
  return set;
}

bool filtered_by_seccomp(std::string_view status) {
  return status_field(status, "Seccomp") == "2";
}

bool is_initial_user_namespace(std::string_view uid_map) {
  for (const std::string_view expected : {"0", "0", "4294967295"})
    if (word(uid_map) != expected) return false;
  return true;
}

} // namespace xs
