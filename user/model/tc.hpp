// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Qdiscs, filters and BPF programs of tc, as the mirror has them. Unknown is nullopt.
#pragma once

#include "mirror.hpp"

namespace xs {

struct TcProg {
  uint32_t id = 0;
  std::string name;
  std::string tag; // 16 hexadecimal digits
};

// What the mirror has a row for.
enum class TcWhat : uint8_t { nothing, qdisc, filter, tcx, netkit };

struct TcItem {
  TcWhat what = TcWhat::nothing;
  std::string kind;                  // "bpf", "u32", "clsact", "tcx", "netkit", ...
  std::string parent;                // as tc prints it: "ffff:fff2", "root", "1:"; of a shared block "block 5"
  std::string direction;             // "ingress", "egress"; "" for clsact, which is both
  uint16_t prio = 0;                 // filter
  std::string protocol;              // filter: "all", "ip", ...
  uint32_t chain = 0;                // filter
  std::optional<std::string> handle; // as tc prints it: "0x1", "ffff:", "800::800"
  std::optional<TcProg> prog;
  std::optional<uint32_t> link_id;
  bool direct_action = false; // cls_bpf
  bool peer = false;          // netkit: on the peer of the pair
  uint8_t position = 0;       // tcx, netkit: among the others, from 0
};

struct TcObject {
  Netns netns;
  std::optional<Device> dev; // none: of a shared block
  TcItem item;
  std::string label; // the name that cls_bpf was given for the program
  Actor added;
  std::optional<Actor> changed, removed;
};

// One filter or program on the packet's device.
struct TcPresent {
  TcItem item;
  std::optional<uint64_t> since_mono_ns; // none: older than the run
  std::optional<int64_t> since_real_ns;
};

struct TcRemoved {
  TcPresent was;
  Actor removed;
};

// What tc runs on the packet's device in the packet's direction.
struct TcPoint {
  std::string direction;          // "ingress", "egress"
  std::vector<TcPresent> present; // in the order in which they run
  std::vector<TcRemoved> removed; // the last removed ones, latest first
  uint32_t unnamed = 0;           // how many more are present
  struct Last {
    std::string op; // "add", "update", "delete"
    TcItem item;
    Actor by;
  };
  std::optional<Last> last;
};

struct TcChange {
  int64_t real_ns = 0;
  uint64_t mono_ns = 0;
  std::string op; // "add", "update", "delete"
  Actor by;
  TcObject object;
};

} // namespace xs
