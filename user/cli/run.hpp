// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// One run: finds the sites, attaches, follows what the kernel tells until told to stop, and adds up. In a thread of its
// own, which keeps the privileges for it; what there is to show it gives to the front's thread.
#pragma once

#include "frontend.hpp"
#include "known_policies.hpp"
#include "known_states.hpp"
#include "mailbox.hpp"
#include "stop.hpp"

#include "../attach/tracer.hpp"
#include "../collect/finder.hpp"
#include "../collect/pins.hpp"
#include "../collect/session.hpp"
#include "../sys/expedite.hpp"
#include "../sys/memlock_account.hpp"

#include <set>

namespace xs {

class Run {
public:
  Run(const Options& options, Stop& stop, Frontend& front, Mailbox& to_front)
      : options_(options), stop_(stop), front_(front), to_front_(to_front) {}
  // 0, or 1 after having said why it could not run.
  int run();

private:
  using Clock = std::chrono::steady_clock;
  struct Problem {
    std::string module; // that it is about; empty: none
    std::string text;
  };

  const Options& options_;
  std::optional<ExpeditedGracePeriods> switches_; // until all probes are gone
  Stop& stop_;
  Frontend& front_; // its thread's
  Mailbox& to_front_;
  const Clock::time_point started_ = Clock::now();
  Clock::time_point phase_ = started_;
  Clock::time_point page_due_ = started_;
  std::optional<KernelMemory> memory_;
  Found found_;
  std::vector<Site> sites_; // by the id that events carry
  std::optional<Tracer> tracer_;
  std::optional<TracerSource> source_;
  std::optional<Session> session_;
  std::optional<Pins> pins_;
  std::set<uint32_t> wanted_;    // netns, by inode number; empty: all
  std::set<uint32_t> unlisted_;  // netns that were not listed
  bool memlock_charged_ = false; // for BPF's memory
  std::set<uint32_t> migrated_;  // netns whose policies are to be listed again
  Pace list_pace_{20, Pace::Duration::zero()};
  std::vector<Problem> problems_;
  std::set<std::string> late_hooks_; // modules with hooks that were loaded
  std::set<std::string> late_;       // modules that were loaded and are not attached yet
  KnownPolicies policies_{policies_of(tracer_)};
  KnownStates states_{states_of(tracer_)};
  TracerOptions room_; // what was asked of the kernel

  Status begin();
  template <class Load> auto charged_apart(Load&& load_bpf) const {
    const MemlockAccount account(memlock_charged_);
    return load_bpf();
  }
  Status look_around();
  Status load();
  Status pin();
  void mirror();
  void list_migrated();
  Result<std::set<uint32_t>> live_netns();
  Session::Handlers handlers();
  void on_event(Event&& event);
  void show_refused_state(Event& e);
  // Has the front's thread do something with it. It may do so when this run is no more.
  template <class Job> void show(Job job) {
    to_front_.put([&front = front_, job = std::move(job)] { job(front); });
  }
  template <class Change> void tell(const Change& change, const Netns& netns) {
    if (wanted_.empty() || (netns.inum && wanted_.contains(*netns.inum)))
      show([change](Frontend& front) { front.change(change); });
  }
  void status(const std::string& text);
  void passing(const std::string& text);
  void phase(const char* what);
  Status heed() const;
  void problem(const std::string& text, const std::string& module = {});
  Status give_up_privileges();
  void lacking(const Status& had);
  void ready();
  void refresh_page();
  void let_gather(size_t received) const;
  void loop();
  bool over() const;
  void end();

  // Sites, and modules that come and go: run_sites.cpp.
  std::vector<uint16_t> number(const std::vector<Site>& found);
  std::vector<AttachFailure> attach(std::span<const uint16_t> numbers);
  void attach(const std::vector<Site>& found);
  void attach_losses(std::vector<Site> found);
  bool tells(uint8_t loss) const;
  size_t increments() const;
  void on_module(const std::string& module, bool loaded, uint64_t at);
  void attach_late();
  void attach_late_hooks();
};

} // namespace xs
