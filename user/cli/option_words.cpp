// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Names and words of the rows of the option table.
#include "option_table.hpp"

#include "../model/joined.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace xs {

std::string_view long_name(const OptionRow& option) {
  const std::string_view names = option.names;
  return names.substr(names.find("--"));
}

std::string_view short_name(const OptionRow& option) {
  const std::string_view names = option.names;
  return names.starts_with("--") ? "" : names.substr(0, names.find(','));
}

std::string heeded_by(const OptionRow& option) {
  std::vector<std::string> doing;
  for (const CommandRow& row : command_table())
    if (option.commands & bit(row.command)) doing.emplace_back(row.doing);
  return listed(doing);
}

std::string listed(const std::vector<std::string>& words) {
  if (words.size() < 2) return words.empty() ? "" : words.front();
  return fmt::format("{} and {}", joined(std::span(words).first(words.size() - 1), ", "), words.back());
}

std::vector<std::string> split_words(std::string_view words) {
  std::vector<std::string> out;
  while (!words.empty()) {
    const size_t end = std::min(words.find(' '), words.size());
    out.emplace_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return out;
}

} // namespace xs
