// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The BPF programs of a run: loads and attaches them, opens their gate, and detaches them.
#pragma once

#include "../model/records.hpp"
#include "../model/site.hpp"
#include "../sys/result.hpp"
#include "../sys/skeleton.hpp"
#include "hooks.hpp"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

struct tracer_bpf;

namespace xs {

// Addresses of functions that dst->input points to, IPv4 and IPv6; 0: not found.
struct RouteInputs {
  std::array<uint64_t, 2> forward{}, deliver{};
};

struct TracerOptions {
  uint32_t rate = 10;                       // events per second and row; 0: all
  uint64_t limit = 0;                       // events after which no more are sent; 0: none
  uint32_t max_errors = 8192;               // rows of `errors`
  bool stack = false;                       // kernel stack in each event
  uint64_t per_cpu_offsets = 0;             // address of __per_cpu_offset
  uint64_t preempt_count_at = 0;            // see bpf/processor.bpf.h
  RouteInputs route_inputs;                 // tell "in" from "fwd" policies
  std::vector<code_range> counting_callers; // functions that send an ICMP error about a packet and then count it
  uint32_t possible_cpus = 1;
  uint32_t counters = 1; // of this kernel, including the unused first one
  bool growing = false;  // hash maps can allocate memory on demand
  uint32_t max_states = 16384;
  uint32_t max_policies = 8192;
  bool capture = false;     // send the bytes of each event's packet
  bool changes = false;     // send a record for each change of a state or policy
  bool mirror_only = false; // no sites will be attached
  bool measure = false;     // see `verified`
  filter only{};            // events asked for; others are only counted
  std::set<uint32_t> netns; // the netns asked for, by inode number; empty: all
  int states = -1;          // maps of another run, which has the hooks, used in place of own ones
  int policies = -1;
  std::vector<Hook> hooks;
  const Types* types = nullptr; // of the kernel; nullptr: libbpf searches for them
};

// A site that could not be attached, and why.
struct AttachFailure {
  uint64_t address;
  std::string reason;
};

class Tracer {
public:
  static Result<Tracer> load(const TracerOptions& options);
  Tracer(Tracer&&) noexcept;
  Tracer& operator=(Tracer&&) noexcept;
  ~Tracer();

  // Attaches the hooks, those on modules, and the marks. Returns a sentence for each
  // failure.
  std::vector<std::string> attach_hooks(std::span<const SiteMark> marks);
  // The module was loaded: attaches the hooks that waited for it. `hooks`: planned again.
  std::vector<std::string> attach_module(const std::string& module, std::span<const Hook> hooks);
  // The module was loaded or unloaded at `before_ns` (CLOCK_MONOTONIC): detaches the probes that its hooks had then.
  void detach_module(const std::string& module, uint64_t before_ns);
  // Attaches a probe to each site that has one of these numbers (its index, which its events carry) and no probe yet.
  std::vector<AttachFailure> attach(std::span<const Site> sites, std::span<const uint16_t> numbers);
  // Detaches the probes at these addresses.
  void detach(std::span<const uint64_t> addresses);
  // The same after their module was loaded or unloaded at `at_ns` (CLOCK_MONOTONIC), except probes in a later
  // incarnation of it. `armed`: whether the kernel's text has a probe at an address now.
  void detach_gone(std::span<const uint64_t> addresses, uint64_t at_ns, bool loaded,
                   const std::function<bool(uint64_t)>& armed);
  // Closes the gate, and detaches all probes and hooks in the background. Once this returns, everything that was sent
  // can be received. The counts stay.
  void detach_all();
  // Waits until they are detached.
  void await_gone();
  void open_gate();
  void close_gate();
  // True once `limit` events have been sent.
  bool at_limit() const;
  // Events that were counted but not sent so far.
  uint64_t suppressed() const;
  // Packets whose bytes the ring buffer had no room for.
  uint64_t bytes_lost() const;
  // Probes on increments.
  size_t attached() const;
  // Probes on places of losses.
  size_t losses_attached() const;
  // Calls that hooks missed since the same hook was running on that CPU, by function.
  std::map<std::string, uint64_t> missed_by_hooks() const;
  // Increments that the kernel skipped since a process on their CPU was inside bpf(2); 0 if the kernel does not count
  // them (before 6.7).
  uint64_t passed_over() const;
  // Calls of hooked functions whose entry was seen, and not their return.
  size_t calls_under_way() const;
  // Instructions that the verifier processed per program, most first; empty without `measure`.
  const std::vector<std::pair<std::string, uint32_t>>& verified() const;
  // Rows of the mirror.
  uint64_t states() const;
  uint64_t policies() const;
  uint64_t tc() const;

  int map_fd(const char* name) const;
  // The kernel's counters of a netns (a row of map `netns`) and what was seen of them, read at one moment. None: it is
  // gone.
  std::optional<counters_row> sample(uint64_t mib, uint64_t born_ns);
  // A state of map `states`, completed from the kernel's object at `address`. None: it is gone.
  std::optional<state_reading> read_state(uint64_t address);
  // The same for a policy of map `policies`.
  std::optional<policy_row> read_policy(uint64_t address);
  // What the kernel says now of the device and the qdisc at these addresses; 0: none.
  std::optional<tc_reading> read_tc(uint64_t device, uint64_t qdisc);

private:
  struct Impl;
  explicit Tracer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

} // namespace xs
