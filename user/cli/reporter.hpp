// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Prints what a run reports: errors with their causes, changes, status, the summary.
#pragma once

#include "options.hpp"
#include "output.hpp"
#include "status_line.hpp"

#include "../diagnose/causes.hpp"
#include "../diagnose/memory.hpp"
#include "../render/json.hpp"
#include "../render/live.hpp"
#include "../render/mirror_json.hpp"
#include "../render/mirror_text.hpp"
#include "../render/repeats.hpp"
#include "../render/tc_json.hpp"
#include "../render/tc_text.hpp"

namespace xs {

class Reporter {
public:
  Reporter(const Options& options, const Stop& stop);

  Finding event(const Event& e);
  template <class Change> void change(const Change& c) {
    if (out_.given_up()) return out_.drop();
    print(json_ ? line(to_json(c)) : to_text(c, style_));
  }
  void merged(const Netns& netns) { causes_.merge(netns); }
  // Also tries if earlier lines were not taken.
  void summary(Summary s);
  // JSON is written at the next `flush`.
  void print(std::string_view text);
  void flush();
  // On stderr, even if it is no terminal.
  void warn(const std::string& text);
  // On stderr if it is a terminal, until something else is printed.
  void transient_status(const std::string& text) { status_.show("xfrm-snap: " + text); }
  bool interactive() const { return status_.on(); }
  // The start of relative times and of rates.
  void begin(uint64_t mono_ns);
  // Call it regularly.
  void tick(uint64_t now_mono_ns);
  bool closed() const { return out_.closed(); }
  // A sentence if the reader has not taken everything; else empty.
  std::string dropped() const;
  void look() { out_.look(); }
  // The last lines were not taken.
  bool given_up() const { return out_.given_up(); }
  int exit_code() const { return out_.exit_code(); }

private:
  const bool json_;
  TextStyle style_;
  Memory memory_;
  Causes causes_;
  Repeats repeats_;
  Live live_;
  StatusLine status_;
  const char* where_; // where lines go
  Output out_, err_;
  uint64_t start_ns_ = 0, ticked_ns_ = 0;
};

} // namespace xs
