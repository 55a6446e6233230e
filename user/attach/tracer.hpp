// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The tracing programs in the kernel: loaded, attached, gated, and gone with the process.
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

// Addresses of the functions that are `input` of routes, IPv4 and IPv6; 0: not found.
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
  RouteInputs route_inputs;                 // tell in from fwd policies
  std::vector<code_range> counting_callers; // functions that send an ICMP error about a packet and then count it
  uint32_t possible_cpus = 1;
  uint32_t counters = 1; // of this kernel, the unused first one included
  bool growing = false;  // the kernel's hash maps can take memory as they need it
  uint32_t max_states = 16384;
  uint32_t max_policies = 8192;
  bool capture = false;     // send the bytes of each event's packet
  bool changes = false;     // send a record for each change of a state or policy
  bool mirror_only = false; // no sites will be attached
  bool measure = false;     // note what the verifier followed, see `verified`
  filter only{};            // events asked for; of others only the number is kept
  std::set<uint32_t> netns; // those asked for, by inode number; empty: all
  int states = -1;          // maps of another run, which has the hooks, to be used for these
  int policies = -1;
  std::vector<Hook> hooks;
  const Types* types = nullptr; // the kernel's; nullptr: libbpf looks for them itself
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

  // Attaches the hooks, those on modules, and the marks of flows that sites have lost; what
  // fails is named.
  std::vector<std::string> attach_hooks(std::span<const SiteMark> marks);
  // The module was loaded: sets those of its hooks that waited for it. `hooks` was planned anew.
  std::vector<std::string> attach_module(const std::string& module, std::span<const Hook> hooks);
  // Something happened to the module at `before_ns` (CLOCK_MONOTONIC): lets go of the probes that its hooks had then.
  void detach_module(const std::string& module, uint64_t before_ns);
  // Adds a probe on each site that has one of these numbers (its index, which its events carry) and no probe yet.
  std::vector<AttachFailure> attach(std::span<const Site> sites, std::span<const uint16_t> numbers);
  // Lets go of the probes on these addresses.
  void detach(std::span<const uint64_t> addresses);
  // The same after their module was loaded or unloaded at `at_ns`, CLOCK_MONOTONIC, save those that are in a later
  // incarnation of it. `armed`: whether there is a probe in the kernel's text at an address now.
  void detach_gone(std::span<const uint64_t> addresses, uint64_t at_ns, bool loaded,
                   const std::function<bool(uint64_t)>& armed);
  // Lets go of all probes and hooks in the background. Behind the closed gate all that was sent can be received once it
  // returns. What they counted stays.
  void let_go();
  // Waits until they are gone.
  void await_gone();
  void open_gate();
  void close_gate();
  // True once `limit` events were sent.
  bool at_limit() const;
  // Events so far that were counted but not sent.
  uint64_t suppressed() const;
  // Packets whose bytes found the ring buffer full.
  uint64_t bytes_lost() const;
  // Probes on increments.
  size_t attached() const;
  // Probes on places of losses.
  size_t losses_attached() const;
  // Calls that the mirror's hooks did not see, since the same hook was at work on that processor: by the function.
  std::map<std::string, uint64_t> missed_by_hooks() const;
  // Increments that the kernel passed over, since a process on their processor was inside bpf(2); 0 also where the
  // kernel does not count them (before 6.7).
  uint64_t passed_over() const;
  // Calls of hooked functions that were seen to begin and not to return.
  size_t calls_under_way() const;
  // How many instructions of each program the verifier followed, most first; empty if that was not asked for.
  const std::vector<std::pair<std::string, uint32_t>>& verified() const;
  // Rows of the mirror.
  uint64_t states() const;
  uint64_t policies() const;
  uint64_t tc() const;

  int map_fd(const char* name) const;
  // The kernel's counters of a netns, a row of map `netns`, beside what was seen of them, read at one moment. None: it
  // is gone.
  std::optional<counters_row> sample(uint64_t mib, uint64_t born_ns);
  // All of a state of map `states`, read from the kernel's object at `address`. None: it is gone.
  std::optional<state_reading> read_state(uint64_t address);
  // The same of a policy of map `policies`.
  std::optional<policy_row> read_policy(uint64_t address);
  // What the kernel says now of a device and a qdisc at these addresses; 0: none.
  std::optional<tc_reading> read_tc(uint64_t device, uint64_t qdisc);

private:
  struct Impl;
  explicit Tracer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

} // namespace xs
