// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The file that records which switches of the kernel are turned, and which runs need them so.
#pragma once

#include "expedite.hpp"

namespace xs {

// It has a line for each switch that runs have turned: its path. Each live run holds a lock on it, and one more for
// each switch that it needs turned; locks end with their process, however that ends. All functions but the constructor
// may be called where memory must not be allocated. Without a mark they say that there is no other run.
class SwitchMark {
public:
  // `make`: create the file if it does not exist. If it cannot be created, there is no mark.
  SwitchMark(const Switches& switches, bool make);
  // The same mark, through a duplicate of its file at this descriptor.
  SwitchMark at(int fd) const { return {Fd(file_ ? fd : -1), *switches_}; }
  explicit operator bool() const { return bool(file_); }
  int fd() const { return file_.get(); }

  // Excludes other runs while it lives. It is waited for seconds at most, since its holder may be stopped.
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
  // Ends this run: the last one removes the file, unless it still lists a switch. Takes the guard itself.
  void leave() const;

private:
  Fd file_;
  const Switches* switches_;

  SwitchMark(Fd file, const Switches& switches) : file_(std::move(file)), switches_(&switches) {}
  void rewrite(const Switch& one, bool listed) const;
};

} // namespace xs
