// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Packets of errors as blocks of a pcapng file (draft-ietf-opsawg-pcapng), in the machine's byte order. Pure.
#pragma once

#include "../model/finding.hpp"
#include "../model/event.hpp"

#include <map>
#include <string>

namespace xs {

// The comment of a packet: counter, cause, sentence, SA, tombstone, policy, place; never a key.
std::string packet_comment(const Event& event, const Finding& finding);

class Pcapng {
public:
  // The start of the file.
  static std::string header(const std::string& os, const std::string& program);
  // The block of the event's packet, preceded by that of its interface if it is new. Empty for an event without
  // bytes.
  std::string packet(const Event& event, const Finding& finding);
  size_t interfaces() const { return ids_.size(); }

private:
  std::map<std::pair<std::string, std::string>, uint32_t> ids_; // by netns and device
};

} // namespace xs
