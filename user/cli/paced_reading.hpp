// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads a list of the mirror for the events that need it, and not for each of a flood.
#pragma once

#include "../model/event.hpp"
#include "../sys/pace.hpp"

#include <chrono>
#include <functional>
#include <optional>

namespace xs {

template <class List> class PacedReading {
public:
  using Clock = std::chrono::steady_clock;
  // As of now; none: it cannot be read, or lacks something.
  using Read = std::function<std::optional<List>(const Event&)>;

  PacedReading(Read read, std::function<Clock::time_point()> now) : read_(std::move(read)), now_(std::move(now)) {}

  const std::optional<List>& list_for(const Event& e) {
    if (const auto began = now_(); pace_.due(began)) {
      list_ = read_(e);
      pace_.done(began, now_());
    }
    return list_;
  }

private:
  Read read_;
  std::function<Clock::time_point()> now_;
  std::optional<List> list_;
  // A flood costs a tenth of the time at most, in the long run. Single events, also some of them on a busy machine,
  // find what is there now; in a flood of different ones, or where a reading takes long, the list is at most 0.2 s old.
  Pace pace_{10, std::chrono::seconds(1), std::chrono::milliseconds(200)};
};

} // namespace xs
