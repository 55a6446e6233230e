// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Counters by the name of a netns, of which a node may have any number over the months: the names on the page are
// bounded, those of removed netns make room for others, and no counter ever falls. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace xs {

// Netns beyond this number at a time share the name "(other)".
inline constexpr size_t kNamedNetns = 500;
// Removed names whose counters are kept, in case they come back.
inline constexpr size_t kRememberedNames = 4096;

class NetnsSeries {
public:
  enum class Family : uint8_t { errors, kernel, filtered, losses };
  struct Labels {
    Family family;
    uint8_t counter;
    std::string cause; // of errors
    auto operator<=>(const Labels&) const = default;
  };

  void add(const std::string& name, const Labels& labels, uint64_t n);
  // The names of the current netns. Others stay until their room is needed: the first removed is the first to go.
  void living(const std::set<std::string>& names);
  // A new page replaces the previous one. `scraped`: the previous one was served.
  void new_page(bool scraped);
  // Visits the series on the page by name; "(other)" comes last.
  template <class Visit> void each(Family family, const Visit& visit) const {
    for (const auto& [name, one] : all_)
      if (one.state != State::forgotten) one.each(family, name, visit);
    other_.each(family, kOther, visit);
  }
  static constexpr const char* kOther = "(other)";

private:
  struct Count {
    uint64_t n = 0, on_page = 0, scraped = 0;
  };
  enum class State : uint8_t { living, gone, forgotten };
  struct Series {
    std::map<Labels, Count> counts;
    State state = State::living;
    uint64_t since = 0; // number in `gone_` or `forgotten_`
    template <class Visit> void each(Family family, const std::string& name, const Visit& visit) const {
      for (const auto& [labels, count] : counts)
        if (labels.family == family) visit(name, labels, count.n);
    }
  };
  using Queue = std::map<uint64_t, std::string>; // the first one is the oldest
  std::map<std::string, Series> all_;
  Series other_;
  Queue gone_, forgotten_;
  uint64_t number_ = 0;

  Series& series(const std::string& name);
  void move(const std::string& name, Series& one, State to);
  bool make_room();
};

} // namespace xs
