// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A run: finds and attaches the sites, follows events until told to stop, and sums up. It has a thread of its own,
// which keeps the privileges; everything to print is passed to the front's thread.
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
  // Returns 0, or 1 after printing why it could not run.
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
  Frontend& front_; // belongs to its own thread
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
  std::set<uint32_t> unlisted_;  // netns whose objects were not dumped
  bool memlock_charged_ = false; // BPF memory counts against it
  std::set<uint32_t> migrated_;  // netns whose policies must be dumped again
  Pace list_pace_{20, Pace::Duration::zero()};
  std::vector<Problem> problems_;
  std::set<std::string> late_hooks_; // loaded modules with hooks
  std::set<std::string> late_;       // loaded modules that are not attached yet
  KnownPolicies policies_{policies_of(tracer_)};
  KnownStates states_{states_of(tracer_)};
  TracerOptions room_; // what the programs were loaded with

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
  // Runs a job in the front's thread, perhaps after this run has ended.
  template <class Job> void post(Job job) {
    to_front_.put([&front = front_, job = std::move(job)] { job(front); });
  }
  template <class Change> void tell(const Change& change, const Netns& netns) {
    if (wanted_.empty() || (netns.inum && wanted_.contains(*netns.inum)))
      post([change](Frontend& front) { front.change(change); });
  }
  void status(const std::string& text);
  void transient_status(const std::string& text);
  void phase(const char* what);
  Status not_stopped() const;
  void problem(const std::string& text, const std::string& module = {});
  Status give_up_privileges();
  void lacking(const Status& had);
  void ready();
  void refresh_page();
  void let_accumulate(size_t received) const;
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
