// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a run tells: errors with their causes, changes, how it goes, the summary.
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
  // Tried also where nobody has taken what came before.
  void summary(Summary s);
  // JSON goes out at the next `flush`.
  void print(std::string_view text);
  void flush();
  // On stderr, also where it is no terminal.
  void say(const std::string& text);
  // On stderr where it is a terminal, for as long as nothing else is told.
  void passing(const std::string& text) { status_.show("xfrm-snap: " + text); }
  bool interactive() const { return status_.on(); }
  // From when on times and rates count.
  void begin(uint64_t mono_ns);
  // To be called now and then.
  void tick(uint64_t now_mono_ns);
  bool closed() const { return out_.closed(); }
  // A sentence where a reader has not taken all; else empty.
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
  const char* where_; // that lines go
  Output out_, err_;
  uint64_t start_ns_ = 0, ticked_ns_ = 0;
};

} // namespace xs
