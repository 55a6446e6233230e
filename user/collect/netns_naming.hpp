// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Names the netns of a run. Inode numbers are reused: a name is given only to the netns that has the number now.
#pragma once

#include "../model/who.hpp"
#include "../sys/netns_names.hpp"
#include "netns_id.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace xs {

class NetnsNaming {
public:
  // `alive`: the netns that exist now.
  NetnsNaming(NetnsNames names, std::function<std::set<NetnsId>()> alive);

  // Reads all names. The netns that exist count as just made.
  void start();
  // A netns gets its name a moment after it is made, and may be gone when its first event is read: while any is
  // awaited, call `look_up_new` every few milliseconds.
  void made(NetnsId id);
  bool awaited() const { return !new_.empty(); }
  void look_up_new();
  // Without a name if the netns was removed before the lookup.
  Netns netns(NetnsId id);
  // The netns was removed: its name is kept for its last events, until `forget`.
  void removed(NetnsId id);
  void forget(NetnsId id) { known_.erase(id); }

private:
  using Clock = std::chrono::steady_clock;
  NetnsNames names_; // by inode number, as of now
  std::function<std::set<NetnsId>()> alive_;
  std::map<NetnsId, std::string> known_;
  std::map<NetnsId, Clock::time_point> new_; // without a name so far, since when
  Clock::time_point looked_up_;
};

} // namespace xs
