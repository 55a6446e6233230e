// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Finds the cause of each event, and prints events, changes and the summary.
#include "reporter.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace xs {

Reporter::Reporter(const Options& options, const Stop& stop)
    : json_(options.json), style_(options.style), repeats_(style_), status_(!options.quiet),
      where_(options.pcap == "-" ? "standard error" : "standard output"),
      out_(options.pcap == "-" ? STDERR_FILENO : STDOUT_FILENO, &stop), err_(STDERR_FILENO, &stop) {
  style_.width = terminal_width(STDOUT_FILENO);
}

Finding Reporter::event(const Event& e) {
  Finding finding = memory_.judge(e);
  causes_.add(e, finding);
  live_.add(e);
  if (out_.given_up())
    out_.drop();
  else if (json_)
    print(to_json(e, finding).line());
  else
    print(repeats_.add(e, finding));
  return finding;
}

void Reporter::summary(Summary s) {
  causes_.put(s);
  if (!json_ && !out_.given_up()) print(repeats_.due(start_ns_, true));
  flush();
  out_.renew_patience();
  if (std::string lost = dropped(); !lost.empty()) {
    s.problems.push_back(std::move(lost));
    s.complete = false;
  }
  if (!json_)
    for (std::string& problem : s.problems) // they contain names
      problem = printable(problem);
  print(json_ ? line(to_json(s)) : to_text(s, style_));
  flush();
}

std::string Reporter::dropped() const {
  if (!out_.dropped()) return {};
  return fmt::format("{} lines were dropped: nobody took them from {} in the time that a stop leaves", out_.dropped(),
                     where_);
}

void Reporter::print(std::string_view text) {
  constexpr size_t kMuch = 65536; // the capacity of a pipe
  if (text.empty()) return;
  out_.add(text);
  if (!json_ || out_.waiting() >= kMuch) flush();
}

void Reporter::flush() {
  if (!out_.waiting()) return;
  status_.clear();
  out_.flush();
}

void Reporter::warn(const std::string& text) {
  status_.clear();
  err_.print(fmt::format("xfrm-snap: {}\n", printable(text)));
}

void Reporter::begin(uint64_t mono_ns) {
  start_ns_ = style_.start_mono_ns = mono_ns;
}

void Reporter::tick(uint64_t now) {
  constexpr uint64_t kSecond = 1'000'000'000;
  if (now < ticked_ns_ + kSecond) return;
  ticked_ns_ = now;
  if (!json_) print(repeats_.due(now));
  if (status_.on()) transient_status(live_.line(start_ns_, now));
}

} // namespace xs
