// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The file that says which of the kernel's switches are turned, and which runs need them so.
#pragma once

#include "expedite.hpp"

namespace xs {

// It has a line for each switch that runs have turned, its path. Each run that is not over holds a lock on it, and one
// more for each switch that it needs turned: they go with the process that has them, however that ends. All but the
// constructor may be called where nothing may be allocated. Where there is no mark, it says that there is no other run.
class SwitchMark {
public:
  // `make`: where it is not there; else there is none, as where it may not be made.
  SwitchMark(const Switches& switches, bool make);
  // The same mark, whose file is open at this number, too.
  SwitchMark at(int fd) const { return {Fd(file_ ? fd : -1), *switches_}; }
  explicit operator bool() const { return bool(file_); }
  int fd() const { return file_.get(); }

  // Keeps others from all that follows meanwhile; for seconds at most, as a process that has it may be stopped.
  class Guard {
  public:
    explicit Guard(const SwitchMark& mark);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

  private:
    const SwitchMark& mark_;
  };

  bool lists(const Switch& one) const;
  void add(const Switch& one) const;
  void strike(const Switch& one) const;
  // The switch with this index.
  void need(size_t index) const;
  void need_no_more(size_t index) const;
  bool others_need(size_t index) const;
  // This run is over: the last one removes the file, unless a switch is still on it. Takes the guard itself.
  void leave() const;

private:
  Fd file_;
  const Switches* switches_;

  SwitchMark(Fd file, const Switches& switches) : file_(std::move(file)), switches_(&switches) {}
  void rewrite(const Switch& one, bool listed) const;
};

} // namespace xs
