// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What all text for people is laid out with. Pure.
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
  uint64_t start_mono_ns = 0; // what relative times count from
};

inline constexpr const char* kBold = "1";
inline constexpr const char* kRed = "1;31";
inline constexpr const char* kGreen = "32";
inline constexpr const char* kDim = "2";

std::string paint(const std::string& text, const char* how, bool color);

// Of names that processes choose, characters that steer a terminal, also those that change the writing direction, and
// bytes that are not UTF-8 are shown as "?".
std::string printable(const std::string& text);

// With the blanks that part it from what follows; empty if the style wants none.
std::string time_text(int64_t real_ns, uint64_t mono_ns, const TextStyle& style);
std::string netns_text(const Netns& ns);    // its name, its number, "?"
std::string process_text(const Process& p); // "ip[123]"
std::string device_text(const Device& dev); // its name, or as iproute2 calls one without: "if7"
// A line below an event's first one.
std::string row(const char* name, const std::string& text, const TextStyle& style);

} // namespace xs
