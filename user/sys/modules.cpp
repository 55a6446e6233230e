// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads /proc/modules and modules.dep.
#include "modules.hpp"
#include "procfs.hpp"

#include <algorithm>

namespace xs {
namespace {

template <class Visit> void each_line(std::string_view text, Visit&& visit) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    visit(line);
  }
}

} // namespace

Result<std::set<std::string>> loaded_modules() {
  std::set<std::string> out;
  const auto text = read_file("/proc/modules");
  if (!text && errno != ENOENT) return fail("cannot read /proc/modules: {}", errno_text());
  if (text) each_line(*text, [&](std::string_view line) { out.emplace(line.substr(0, line.find(' '))); });
  return out;
}

std::set<std::string> parse_modules_dep(std::string_view text) {
  std::set<std::string> out;
  each_line(text, [&](std::string_view line) {
    const std::string_view path = line.substr(0, line.find(':'));
    const size_t start = path.rfind('/') + 1; // npos + 1 is 0
    const size_t end = path.find(".ko", start);
    if (end == path.npos) return;
    std::string name(path.substr(start, end - start));
    std::ranges::replace(name, '-', '_');
    out.insert(std::move(name));
  });
  return out;
}

std::optional<std::set<std::string>> installed_modules(const std::string& release) {
  const auto text = read_file("/lib/modules/" + release + "/modules.dep");
  if (!text) return {};
  return parse_modules_dep(*text);
}

} // namespace xs
