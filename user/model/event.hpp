// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a run reports: events and the summary, to be judged and printed. Unknown is nullopt.
#pragma once

#include "packet_evidence.hpp"
#include "mirror.hpp"
#include "probe_list.hpp"
#include "tc.hpp"

#include <map>

namespace xs {

struct SiteRef {
  std::string function;
  uint64_t offset = 0; // bytes
  std::string module;  // empty: built in
};

struct PacketInfo {
  bool is_flow = false;                // taken from a lookup: no packet existed
  std::optional<std::string> src, dst; // as text
  std::optional<std::string> proto;    // "esp", "ah", "comp", "tcp", ... or the number
  std::optional<std::string> encap;    // "udp", "tcp": ESP inside of it
  std::optional<uint32_t> spi;         // host order
  std::optional<uint32_t> seq, len, mark, ifindex;
  std::optional<std::string> ifname;
  std::optional<uint16_t> sport, dport;
  std::optional<uint8_t> icmp_type, icmp_code;
};

struct Event {
  Event() = default;
  Event(const Event&);
  Event(Event&&) noexcept;
  Event& operator=(const Event&);
  Event& operator=(Event&&) noexcept;
  ~Event();

  int64_t real_ns = 0;             // since the epoch
  uint64_t mono_ns = 0;            // CLOCK_MONOTONIC
  uint8_t counter = 0;             // enum xfrm_counter or enum loss
  uint64_t n = 0;                  // increments, or losses, that it stands for
  std::optional<uint64_t> packets; // that these stand for
  std::optional<uint32_t> cpu;
  std::optional<SiteRef> site;
  Netns netns;
  std::optional<PacketInfo> packet;
  std::optional<PacketInfo> looked_up; // the flow that the kernel looked policies up with, decoded from the packet
                                       // before NAT changed it; its ifindex is that of the flow, 0: any
  std::optional<Process> process;
  std::optional<Evidence> evidence;
  std::optional<PacketEvidence> packet_evidence;
  std::string row;      // identifies the row in the kernel; opaque
  bool repeats = false; // stands for further events of the row, which were not sent
  std::optional<TcPoint> tc;
  std::vector<std::string> stack; // innermost first
  std::string bytes;              // of the packet, from its IP header on, as many as were captured; empty: none
};

struct CounterResult {
  std::optional<uint64_t> kernel; // rise of the kernel's counter; none: could not be read
  uint64_t seen = 0;
  uint64_t uncertainty = 0;   // by how much `kernel` may be off, as events came in while it was read
  uint64_t filtered = 0;      // counted but not reported, since no filter asked for it
  uint64_t without_cause = 0; // of `seen`: no rule held
  bool complete() const {
    const uint64_t known = seen + filtered;
    return kernel && *kernel <= known + uncertainty && known <= *kernel + uncertainty;
  }
};

// The name for netns that are gone and too many to have a line each in the summary.
inline const Netns kOtherNetns{{}, "(others, gone)"};

struct NetnsResult {
  Netns netns;
  std::map<uint8_t, CounterResult> counters; // by counter, only those that rose
};

// How often an error had a cause in a netns.
struct CauseCount {
  Netns netns;
  uint8_t counter = 0;
  std::string cause;
  uint64_t n = 0;
  int64_t first_real_ns = 0, last_real_ns = 0; // since the epoch
  uint64_t first_mono_ns = 0, last_mono_ns = 0;
  std::optional<uint64_t> packets = 0; // none: not known of all
};

// A counter of the kernel, as in /proc/net/xfrm_stat, and how many of its increments a filter left out.
struct KernelCounter {
  uint8_t counter;
  uint64_t value;
  uint64_t filtered;
};

// The counters of a netns that are not 0; none: they cannot be read just now.
struct NetnsCounters {
  Netns netns;
  uint64_t born_ns = 0; // tells it from another netns with the same inode number
  std::vector<KernelCounter> counters;
};

struct Summary {
  std::vector<NetnsResult> netns;
  std::vector<CauseCount> causes;    // the most frequent first
  uint64_t lost_ring = 0;            // events that found the ring buffer full or busy; still counted in a later `n`
  uint64_t lost_map_full = 0;        // events whose row found a map full
  uint64_t lost_states = 0;          // times that the mirror had no room for a state; a dump counts it again
  uint64_t lost_policies = 0;        // the same for policies
  uint64_t lost_tc = 0;              // qdiscs, filters and programs that the mirror had no room for
  uint64_t lost_changes = 0;         // changes that found the ring buffer full
  std::vector<std::string> problems; // what makes the run incomplete, one sentence each
  bool complete = true;
  bool lost() const { return lost_ring || lost_map_full || lost_states || lost_policies || lost_tc || lost_changes; }
};

} // namespace xs
