// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Makes the kernel attach and detach probes without its usual waits (expedited RCU), and run their programs with
// interrupts off.
#pragma once

#include "fd.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace xs {

// A switch of the kernel: a file of one character.
struct Switch {
  const char* path;
  char usual, hurried;
  bool throughout = false; // stays turned while probes are neither attached nor detached
};

// The switches, and the file that records meanwhile which are turned: a run may be killed together with its child. Each
// run holds locks on the file, which end with its process.
struct Switches {
  std::vector<Switch> all;
  const char* folder; // made for it, and removed with it
  const char* mark;   // in the folder
};
const Switches& kernel_switches();

// Restores what a dead run has left turned. Returns a sentence for each.
std::vector<std::string> mend_switches(const Switches& switches = kernel_switches());

// While this lives, no probe is optimized into a jump (debug.kprobes-optimization is 0): behind a jump a probe's
// program runs with interrupts on, and the kernel skips the probes of whatever interrupts it; also, the optimizer
// delays all other probes by 100 ms each time. Grace periods end at once (/sys/kernel/rcu_expedited is 1), except
// between `relax` and `hurry`. Switches that were so before, or cannot be set, stay as they are. A child restores them
// however this process ends; it leaves our process group and cgroup if it may. If the child is killed, too, the next
// start restores them. The caller blocks the signals that end a process, which the child inherits.
class ExpeditedGracePeriods {
public:
  explicit ExpeditedGracePeriods(const Switches& switches = kernel_switches());
  ~ExpeditedGracePeriods();
  ExpeditedGracePeriods(const ExpeditedGracePeriods&) = delete;
  ExpeditedGracePeriods& operator=(const ExpeditedGracePeriods&) = delete;

  void relax();
  void hurry();
  // The sentences of `mend_switches`.
  const std::vector<std::string>& notes() const { return notes_; }
  // Sentences on the switches that should stay turned and cannot be, with the remedy.
  const std::vector<std::string>& unturned() const { return unturned_; }
  // The child; -1: no switch has to be turned.
  pid_t child() const { return child_; }

private:
  void tell(char order);

  std::vector<std::string> notes_, unturned_;
  pid_t child_ = -1;
  Fd held_; // our end of the pipe through which the child gets orders
};

} // namespace xs
