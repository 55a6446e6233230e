// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Prints requirements.
#include "requirements.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace xs {
namespace {

struct Look {
  const char* text;
  const char* json;
  const char* color;
};

// By Requirement::Grade.
constexpr Look kLooks[] = {{"ok", "ok", "\33[32m"}, {"warn", "warn", "\33[33m"}, {"FAIL", "fail", "\33[31;1m"}};

const Look& look(const Requirement& r) {
  return kLooks[static_cast<size_t>(r.grade)];
}

Json to_json(const Requirement& r) {
  return {{"v", 1},           {"type", "check"},
          {"name", r.name},   {"status", look(r).json},
          {"found", r.found}, {"remedy", r.remedy.empty() ? Json(nullptr) : Json(r.remedy)}};
}

} // namespace

std::string to_text(const std::vector<Requirement>& requirements, bool color) {
  constexpr int kNameWidth = 16;
  std::string out;
  for (const Requirement& r : requirements) {
    const std::string grade = fmt::format("{:<4}", look(r).text);
    out += fmt::format("{}{}{}  {:<{}} {}\n", color ? look(r).color : "", grade, color ? "\33[0m" : "", r.name,
                       kNameWidth, r.found);
    if (!r.remedy.empty()) out += fmt::format("{:{}}-> {}\n", "", kNameWidth + 7, r.remedy);
  }
  const auto failed = std::ranges::count(requirements, Requirement::Grade::bad, &Requirement::grade);
  return out + (failed ? fmt::format("xfrm-snap cannot run on this node: {} of {} requirements failed\n", failed,
                                     requirements.size())
                       : "xfrm-snap can run on this node\n");
}

std::string to_json_lines(const std::vector<Requirement>& requirements) {
  std::string out;
  for (const Requirement& r : requirements)
    out += line(to_json(r));
  return out + line({{"v", 1}, {"type", "check-summary"}, {"ok", satisfied(requirements)}});
}

} // namespace xs
