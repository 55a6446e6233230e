// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Keeps the series of a bounded number of names.
#include "netns_series.hpp"

namespace xs {

void NetnsSeries::add(const std::string& name, const Labels& labels, uint64_t n) {
  series(name).counts[labels].n += n;
}

void NetnsSeries::living(const std::set<std::string>& names) {
  for (auto& [name, one] : all_)
    if (one.state != State::forgotten && (one.state == State::living) != names.contains(name))
      move(name, one, one.state == State::living ? State::gone : State::living);
}

void NetnsSeries::new_page(bool scraped) {
  const auto turn = [scraped](Series& one) {
    for (auto& [labels, count] : one.counts) {
      if (scraped) count.scraped = count.on_page;
      count.on_page = count.n;
    }
  };
  for (auto& [name, one] : all_)
    if (one.state != State::forgotten) turn(one);
  turn(other_);
}

void NetnsSeries::move(const std::string& name, Series& one, State to) {
  gone_.erase(one.since);
  forgotten_.erase(one.since);
  one.state = to;
  one.since = ++number_;
  if (to == State::gone) gone_.emplace(number_, name);
  if (to == State::forgotten) forgotten_.emplace(number_, name);
}

// Removes the name whose netns was removed first. Counts that no scrape has seen are added to the others; the rest was
// seen already, and would look like new errors there.
bool NetnsSeries::make_room() {
  if (gone_.empty()) return false;
  const std::string name = gone_.begin()->second;
  Series& one = all_.at(name);
  for (const auto& [labels, count] : one.counts)
    if (count.n > count.scraped) other_.counts[labels].n += count.n - count.scraped;
  move(name, one, State::forgotten);
  if (forgotten_.size() <= kRememberedNames) return true;
  all_.erase(forgotten_.begin()->second);
  forgotten_.erase(forgotten_.begin());
  return true;
}

// A name that comes back continues its series. A name in use counts as living until the next call of `living`.
NetnsSeries::Series& NetnsSeries::series(const std::string& name) {
  const auto known = all_.find(name);
  const bool on_page = known != all_.end() && known->second.state != State::forgotten;
  if (!on_page && all_.size() - forgotten_.size() >= kNamedNetns && !make_room()) return other_;
  Series& one = all_[name];
  if (one.state != State::living) move(name, one, State::living);
  return one;
}

} // namespace xs
