// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The sites of a kernel and how they compare with the source list, as text and as JSON lines. Pure.
#pragma once

#include "../resolve/audit.hpp"
#include "json.hpp"

namespace xs {

struct ProbesReport {
  std::string release; // uname -r
  std::span<const Site> sites;
  std::span<const SiteMark> marks;
  const Audit& audit;
};

std::string to_text(const ProbesReport& report, bool color);
std::string to_json_lines(const ProbesReport& report);

} // namespace xs
