// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The maps under a name that others can open while xfrm-snap runs. The directory is locked by the run that owns it: a
// lock goes with its process, also when that is killed, so that pins without one are of a dead run.
#pragma once

#include "../sys/fd.hpp"
#include "../sys/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace xs {

inline constexpr const char* kPinDir = "/sys/fs/bpf/xfrm-snap";

struct NamedMap {
  const char* name;
  int fd;
};

class Pins {
public:
  Pins(std::string dir, Fd lock) : dir_(std::move(dir)), lock_(std::move(lock)) {}
  Pins(Pins&&) noexcept = default;
  Pins& operator=(Pins&&) = delete;
  // Removes the pins, and the directory if nothing else is in it.
  ~Pins();

  const std::string& dir() const { return dir_; }
  // Sentences on what failed. A reader takes a run whose maps are not there yet for one that is starting.
  std::vector<std::string> pin(const std::vector<NamedMap>& maps);

private:
  std::string dir_;
  Fd lock_; // the directory
};

// What a `Pins` of this process would do at its end, where that will not come. `dir`: as its `dir()` says.
void remove_pins(const std::string& dir);

struct PinClaim {
  std::optional<Pins> pins;       // none: the run goes without, for the reason in `notes`
  std::vector<std::string> notes; // sentences
};

// Makes the directory (mode 0700) if it is not there, locks it, and removes what a dead run left in it. Fails if
// another run has it, or if the directory that was asked for cannot be had. `dir` none: kPinDir, without which a run
// can do.
Result<PinClaim> claim_pins(const std::optional<std::string>& dir);

} // namespace xs
