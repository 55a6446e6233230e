// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// States and policies of the kernel, as the mirror has them. Enumerations are iproute2's words, or the number where it
// has no word. Unknown is nullopt. SPIs and ports are in host order, *_s are seconds, since the epoch where they are a
// moment.
#pragma once

#include "boxed.hpp"
#include "who.hpp"

#include <utility>
#include <variant>
#include <vector>

namespace xs {

struct Mark {
  uint32_t value = 0, mask = 0;
  bool unset() const { return !value && !mask; } // true if there is no mark
};

// A selector of traffic. Addresses are unknown if their family is neither IPv4 nor IPv6.
struct Selector {
  uint8_t family = 0; // 4, 6; 0: any, or that of the addresses
  std::optional<std::string> src, dst;
  uint8_t src_bits = 0, dst_bits = 0;
  uint8_t proto = 0;                                   // 0: any
  std::string proto_name;                              // as in /etc/protocols, or the number
  std::vector<std::pair<std::string, uint32_t>> upper; // sport, dport; of ICMP type, code; of GRE key
  uint16_t sport_mask = 0, dport_mask = 0;
  std::optional<Device> dev;
  uint32_t uid = 0;
};

// None: no limit.
struct Limits {
  std::optional<uint64_t> soft_bytes, hard_bytes, soft_packets, hard_packets;
  std::optional<uint64_t> soft_add_s, hard_add_s, soft_use_s, hard_use_s;
};

struct Used {
  uint64_t bytes = 0, packets = 0;
  std::optional<uint64_t> added_s, used_s; // used_s: first use; none: never
};

enum class How : uint8_t { unknown, listed, netlink, acquire, flush, timer, replaced, netns_exit, qdisc, device };

// Who changed something, when and how.
struct Actor {
  How how = How::unknown;
  std::optional<uint64_t> mono_ns; // CLOCK_MONOTONIC
  std::optional<int64_t> real_ns;  // since the epoch
  std::optional<Process> by;       // none: no process, or not known
};

struct Algorithm {
  std::string kind; // "aead", "enc", "comp", "auth-trunc"
  std::string name;
  uint32_t key_bits = 0;
  uint16_t icv_bits = 0; // "aead", "auth-trunc"
};

struct Encap {
  std::string type; // "espinudp", "espinudp-nonike", "espintcp"
  uint16_t sport = 0, dport = 0;
  std::optional<std::string> addr;
  uint32_t max_age_s = 0; // of the mapping; 0: none
};

struct Offload {
  Device dev;
  std::string dir;  // "in", "out"
  std::string mode; // "crypto", "packet"
};

// The fields that change with each packet, as read from the state.
struct StateLive {
  Used used;
  std::optional<uint64_t> last_used_s; // none: never, or not known
  uint32_t seq = 0, oseq = 0;
  std::optional<uint32_t> seq_hi, oseq_hi;     // ESN
  std::optional<std::vector<uint32_t>> bitmap; // of the replay window
  uint32_t late = 0, replayed = 0, integrity_failed = 0;
  std::string km_state; // "acq", "valid", "error", "expired", "dead", "void"
  bool dying = false;   // its soft limit is reached
};

struct State {
  State() = default;
  State(const State&);
  State(State&&) noexcept;
  State& operator=(const State&);
  State& operator=(State&&) noexcept;
  ~State();

  Netns netns; // without its name, which is filled in later
  std::optional<std::string> src, dst;
  std::string proto; // "esp", "ah", "comp", "route2", "hao"
  uint32_t spi = 0;  // 0: larval, or a protocol without
  uint32_t reqid = 0;
  std::string mode;
  Mark mark;
  uint32_t if_id = 0;
  std::optional<std::string> dir;  // "in", "out"; none: not bound to one
  std::optional<Algorithm> crypto; // AEAD, encryption or compression
  std::optional<Algorithm> auth;
  uint32_t window = 0;                  // replay window in force, packets
  std::optional<uint32_t> plain_window; // iproute2's replay-window, which with ESN is not the one in force
  bool esn = false;                     // window and bitmap are those of struct xfrm_replay_state_esn
  uint32_t bitmap_words = 0;            // ESN
  std::optional<uint32_t> acquire_seq;  // number of the acquire that the state answers; iproute2's "seq"
  uint8_t flags = 0;
  std::vector<std::string> flag_names;
  uint32_t extra_flags = 0;
  std::vector<std::string> extra_names; // of extra_flags
  std::optional<Mark> output_mark;
  uint32_t tfcpad = 0;
  uint32_t nat_keepalive_s = 0; // 0: none
  std::optional<uint32_t> pcpu; // bound to this CPU
  std::optional<Encap> encap;
  std::optional<std::string> coaddr; // care-of address
  std::optional<Offload> offload;
  bool security = false;       // has a security context
  std::optional<Selector> sel; // none: all zero
  Limits limits;
  std::optional<StateLive> live; // none: the state was gone
  Actor added;
  std::optional<Actor> changed, removed;
};

struct Template {
  std::optional<std::string> src, dst;
  std::string proto;
  uint32_t spi = 0; // 0: any
  uint32_t reqid = 0;
  std::string mode;
  uint8_t optional = 0; // 0 required, 1 use
  std::string share;
  uint32_t enc_mask = 0, auth_mask = 0, comp_mask = 0; // allowed algorithms
};

struct Policy {
  Policy() = default;
  Policy(const Policy&);
  Policy(Policy&&) noexcept;
  Policy& operator=(const Policy&);
  Policy& operator=(Policy&&) noexcept;
  ~Policy();

  Netns netns;
  Selector sel;
  std::string dir;     // "in", "out", "fwd"
  bool socket = false; // of a socket
  std::string action;  // "allow", "block"
  uint32_t index = 0;
  uint32_t priority = 0;
  std::string type; // "main", "sub"
  uint8_t flags = 0;
  std::vector<std::string> flag_names;
  Mark mark;
  uint32_t if_id = 0;
  std::vector<Template> templates;
  std::optional<Offload> offload;
  bool security = false;
  Limits limits;
  Used used;
  Actor added;
  std::optional<Actor> changed, removed;
};

enum class Match : uint8_t { unknown, held, exact, nearest, none };

// A policy that nearly takes a flow.
struct NearPolicy {
  Policy policy;
  std::vector<std::string> differs; // why it does not: "dir", "mark", "if_id", "sel.src", "sel.dev", ...
};

// What the mirror knows of an error.
struct Evidence {
  Match match = Match::unknown;
  std::vector<std::string> differs;   // fields in which `state` differs from what was wanted
  std::optional<uint8_t> template_at; // the policy's template that failed, which `state` is compared with; inbound,
                                      // one more than there are: an SA that no template asks for
  std::optional<uint8_t> secpath_at;  // inbound: the SA of the secpath that this template met; none: no SA was left
  std::optional<std::string> wanted_src, wanted_dst; // outbound: the addresses of the wanted SA; no source: the
                                                     // kernel took the one of its route
  Boxed<State> state;
  Boxed<State> deleted;
  Boxed<Policy> policy;
  // If a policy of type sub took the flow, the kernel also checks the templates of the main one.
  bool joined = false;         // the templates of both were checked: `policy` is the one that failed
  Boxed<Policy> other_policy;  // the other of the two policies
  bool policies_known = false; // the policies of the netns could be searched for a `near` one
  Boxed<NearPolicy> near;      // if no policy took the flow, or another one should have
};

struct Change {
  int64_t real_ns = 0;
  uint64_t mono_ns = 0;
  std::string op;           // "add", "update", "delete", "expire"
  std::optional<bool> hard; // "expire": the hard limit, or the soft one
  Actor by;
  std::variant<State, Policy> object;
};

// The default policies of a netns were set: "accept", "block".
struct DefaultsChange {
  int64_t real_ns = 0;
  uint64_t mono_ns = 0;
  Actor by;
  Netns netns;
  std::string in, fwd, out;
};

} // namespace xs
