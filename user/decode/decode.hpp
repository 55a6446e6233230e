// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decodes records of the ring buffer. Pure; any bytes are safe.
#pragma once

#include "../model/event.hpp"
#include "../model/records.hpp"

#include <span>
#include <variant>

namespace xs {

// By enum record_kind.
using Record = std::variant<std::monostate, error_record, netns_gone_record, module_record, state_change_record,
                            policy_change_record, defaults_record, migrated_record, netns_made_record, tc_change_record,
                            bytes_record, tail_record>;

// monostate: too short for its kind, or of an unknown kind.
Record decode(std::span<const uint8_t> bytes);

// The bytes of the packet that were sent.
std::string packet_bytes(const bytes_record& record);

// None if neither addresses nor anything else was found.
std::optional<PacketInfo> decode_packet(const packet& p);

// "esp", "tcp", ...; the number of any other protocol.
std::string protocol_name(uint8_t proto);

} // namespace xs
