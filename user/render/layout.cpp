// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Formats times, names and lines.
#include "layout.hpp"
#include "utf8.hpp"
#include "wrap.hpp"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>
#include <string_view>

namespace xs {

std::string paint(const std::string& text, const char* how, bool color) {
  return color ? fmt::format("\x1b[{}m{}\x1b[0m", how, text) : text;
}

std::string printable(const std::string& text) {
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    const Character one = first_character(rest);
    const bool shown = one.size && !steers(one.code);
    if (one.size <= 2 && !shown)
      out.append(std::max<size_t>(one.size, 1), '?'); // as many as a terminal with another character set would show
    else
      out += shown ? rest.substr(0, one.size) : "?";
    rest.remove_prefix(std::max<size_t>(one.size, 1));
  }
  return out;
}

std::string time_text(int64_t real_ns, uint64_t mono_ns, const TextStyle& style) {
  if (style.time == TextStyle::Time::none) return {};
  if (style.time == TextStyle::Time::relative) {
    const double since = static_cast<double>(static_cast<int64_t>(mono_ns - style.start_mono_ns)) / 1e9;
    return fmt::format("{:+.6f}  ", since);
  }
  const time_t seconds = real_ns / 1'000'000'000;
  tm parts{};
  style.utc ? gmtime_r(&seconds, &parts) : localtime_r(&seconds, &parts);
  char text[32];
  strftime(text, sizeof(text), "%F %T", &parts);
  return fmt::format("{}.{:06}{}  ", text, real_ns % 1'000'000'000 / 1000, style.utc ? "Z" : "");
}

std::string netns_text(const Netns& ns) {
  if (!ns.inum && !ns.name) return "?";
  return ns.name ? printable(*ns.name) : fmt::format("{}", *ns.inum);
}

std::string process_text(const Process& p) {
  return fmt::format("{}[{}]", printable(p.comm), p.pid);
}

std::string device_text(const Device& dev) {
  return dev.name ? printable(*dev.name) : fmt::format("if{}", dev.ifindex);
}

std::string row(const char* name, const std::string& text, const TextStyle& style) {
  constexpr size_t kIndent = 13, kNarrow = 60;
  const std::string label = paint(fmt::format("{:<8}", name), kDim, style.color);
  if (!style.width || style.width >= kNarrow)
    return fmt::format("    {} {}\n", label, wrap(text, kIndent, style.width));
  return fmt::format("  {} {}\n", paint(name, kDim, style.color), wrap(text, 4, style.width));
}

} // namespace xs
