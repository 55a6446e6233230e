// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Events and summaries for people. Pure.
#pragma once

#include "../model/event.hpp"

#include <string>

namespace xs {

struct TextStyle {
  enum class Time : uint8_t { absolute, relative, none };
  Time time = Time::absolute;
  bool utc = false;
  bool color = false;
  uint64_t start_mono_ns = 0; // what relative times count from
};

// A block of lines, each with its end.
std::string to_text(const Event& event, const TextStyle& style);
std::string to_text(const Summary& summary, const TextStyle& style);

// Of names that processes choose, control characters and bytes that are not UTF-8 are shown as "?": no terminal obeys
// them.
std::string printable(const std::string& text);

} // namespace xs
