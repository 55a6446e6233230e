// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Pins the maps under names that other processes can open. The run that owns the directory holds a lock on it, which
// ends with its process even if that is killed: pins without a lock are those of a dead run.
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
  // Returns sentences on failures. A reader takes a run without maps for one that is starting.
  std::vector<std::string> pin(const std::vector<NamedMap>& maps);

private:
  std::string dir_;
  Fd lock_; // the directory
};

// Does what a `Pins` of this process would do in its destructor, if that will not run. `dir`: from `dir()`.
void remove_pins(const std::string& dir);

struct PinClaim {
  std::optional<Pins> pins;       // none: the run does without, for the reason in `notes`
  std::vector<std::string> notes; // sentences
};

// Makes the directory (mode 0700) if it does not exist, locks it, and removes what a dead run left in it. Fails if
// another run has it, or if the directory asked for cannot be claimed. `dir` none: kPinDir, which a run can do
// without.
Result<PinClaim> claim_pins(const std::optional<std::string>& dir);

} // namespace xs
