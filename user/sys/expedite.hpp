// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Has the kernel set and let go of probes without the waiting that it does otherwise, and keep their programs from
// being interrupted.
#pragma once

#include "fd.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace xs {

// One of the kernel's switches, a file of one character.
struct Switch {
  const char* path;
  char usual, hurried;
  bool throughout = false; // turned also while probes stay where they are
};

// What is turned, and the file that says so meanwhile: a run may be killed together with all that it started. Who turns
// the switches holds a lock on it, which goes with its process.
struct Switches {
  std::vector<Switch> all;
  const char* folder; // made for it, and removed with it
  const char* mark;   // in the folder
};
const Switches& kernel_switches();

// Turns back what a run that is no more has left turned. Sentences on that, none if there is nothing.
std::vector<std::string> mend_switches(const Switches& switches = kernel_switches());

// Soon after it was made and while it lives, no probe is optimized into a jump (debug.kprobes-optimization is 0):
// behind a jump a probe's program runs with interrupts on, and the kernel passes over the probes of what interrupts it;
// and its optimizer holds all other probes up, for 100 ms each time. But for the time between `relax` and `hurry`,
// grace periods end at once (/sys/kernel/rcu_expedited is 1). What was so before, or cannot be set, stays. A child sets
// it back however this process ends; it is in no process group or cgroup of ours, where it may leave them. Where it is
// killed as well, the next start mends it. Signals that end a process are to be blocked, or the child dies of them.
class ExpeditedGracePeriods {
public:
  explicit ExpeditedGracePeriods(const Switches& switches = kernel_switches());
  ~ExpeditedGracePeriods();
  ExpeditedGracePeriods(const ExpeditedGracePeriods&) = delete;
  ExpeditedGracePeriods& operator=(const ExpeditedGracePeriods&) = delete;

  void relax();
  void hurry();
  // Of `mend_switches`.
  const std::vector<std::string>& notes() const { return notes_; }
  // Sentences on the switches that are to be turned throughout and cannot be, with the remedy.
  const std::vector<std::string>& unturned() const { return unturned_; }
  // The child; -1: there is nothing to turn.
  pid_t child() const { return child_; }

private:
  void tell(char order);

  std::vector<std::string> notes_, unturned_;
  pid_t child_ = -1;
  Fd held_; // the pipe's end from which the child takes orders
};

} // namespace xs
