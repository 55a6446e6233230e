// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Evidence that the packet, its state and its netns hold at the moment of an error. Unknown is nullopt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace xs {

// An SA that the packet came through.
struct SecpathEntry {
  std::optional<std::string> src, dst;
  std::string proto; // "esp", "ah", "comp"
  uint32_t spi = 0;  // host order
  uint32_t reqid = 0;
  uint32_t if_id = 0;
  std::string mode;              // as in State
  std::optional<uint32_t> netns; // inode number
  uint64_t address = 0;          // of the kernel's state
  uint8_t aalgo = 0;             // number of its authentication algorithm, as in the masks of templates; 0: none
  bool verified = false;         // an earlier check of policies has accepted it
};

struct IntegrityFailures {
  uint32_t before = 0, after = 0; // the state's statistic, around this packet
};

// What the kernel does in a netns where no policy fits: "accept", "block".
struct DefaultPolicies {
  std::string in, out, fwd;
};

struct PacketSize {
  uint32_t mtu = 0;      // of the packet's route, bytes: what may go into the SA
  uint32_t len = 0;      // what is compared with it
  uint32_t gso_size = 0; // 0: one packet; otherwise `len` is that of a GSO packet
  uint32_t gso_segs = 0; // segments of the GSO packet; 0: not known
};

// Lengths that a transform (ESP, AH) checks, bytes.
struct TransformSizes {
  uint32_t len = 0;               // from the ESP or AH header to the end of the packet
  uint16_t header_len = 0;        // what the SA puts before a payload: ESP header and IV, outer IP and UDP headers
  std::optional<uint16_t> ah_len; // of the packet's AH header, with its ICV; none: not AH
};

// The packet's device, if it is a virtual one; or the VTI that the packet is about to come out of.
struct Link {
  std::string kind;                     // as rtnetlink names it: "vti", "xfrm"
  std::optional<uint32_t> if_id;        // of an xfrm interface; none: set for each packet (collect_md), or not one
  std::optional<std::string> name = {}; // of a VTI; the packet's device is still the one below it
};

// Addresses of the two devices that a packet in clear is forwarded between.
struct DeviceAddresses {
  std::vector<std::string> in, out; // of the device that it came in by, and of the one that it would leave by
  bool all = true;                  // false: one of them has more than are listed
};

struct PacketEvidence {
  std::optional<std::vector<SecpathEntry>> secpath; // the first one is the outermost; empty: came through none
  std::optional<IntegrityFailures> integrity;
  std::optional<bool> replay_seen; // the replay window has the packet's number as received; none: not in the window
  std::optional<PacketSize> size;
  std::optional<bool> df;             // IPv4: do not fragment
  std::optional<bool> ignore_df;      // may be fragmented nevertheless
  std::optional<bool> routed;         // a route is attached to the packet
  std::optional<uint8_t> inner_proto; // the protocol found inside ESP
  std::optional<std::string> inner_name;
  std::optional<uint16_t> error; // the error number that the kernel's function returns; inbound: the one that the
                                 // transform (ESP, AH, IPComp) returned
  std::optional<DefaultPolicies> defaults;
  std::optional<TransformSizes> transform;
  std::optional<uint32_t> ikey; // of the VTI: the mark that its SAs and policies are looked up with; of a VTI
                                // that a packet is sent into, its okey
  std::optional<Link> link;     // none: not a virtual device
  std::optional<DeviceAddresses> addresses; // of a packet in clear that is forwarded
  std::optional<std::string> policy_dir;    // which policies were looked up, by the packet's route: "in", "fwd"
};

} // namespace xs
