// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Formatting that all text output shares. Pure.
#pragma once

#include "../model/who.hpp"

#include <cstddef>

namespace xs {

struct TextStyle {
  enum class Time : uint8_t { absolute, relative, none };
  Time time = Time::absolute;
  bool utc = false;
  bool color = false;
  size_t width = 0;           // columns of the terminal; 0: lines of any length
  uint64_t start_mono_ns = 0; // the origin of relative times
};

inline constexpr const char* kBold = "1";
inline constexpr const char* kRed = "1;31";
inline constexpr const char* kGreen = "32";
inline constexpr const char* kDim = "2";

std::string paint(const std::string& text, const char* how, bool color);

// A name chosen by a process, with "?" for characters that control a terminal or change the writing direction, and for
// bytes that are not UTF-8.
std::string printable(const std::string& text);

// Includes the blanks before what follows; empty if the style has no times.
std::string time_text(int64_t real_ns, uint64_t mono_ns, const TextStyle& style);
std::string netns_text(const Netns& ns);    // its name or number, or "?"
std::string process_text(const Process& p); // "ip[123]"
std::string device_text(const Device& dev); // its name, or "if7" as in iproute2
// A line below the first one of an event.
std::string row(const char* name, const std::string& text, const TextStyle& style);

} // namespace xs
