// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decodes rows of the mirror of tc. Pure; any bytes are safe. `clock_offset_ns` is CLOCK_REALTIME minus
// CLOCK_MONOTONIC.
#pragma once

#include "../model/records.hpp"
#include "../model/tc.hpp"

namespace xs {

inline bool settled(const tc_row& row) {
  return row.version % 2 == 0;
}

TcObject decode_tc(const tc_row& row, int64_t clock_offset_ns);
TcChange decode_change(const tc_change_record& record, int64_t clock_offset_ns);
// None: not known.
std::optional<TcPoint> decode_tc_point(const error_record& e, int64_t clock_offset_ns);

// As tc prints it: "ffff:fff2", "1:10", "root", "none"
std::string tc_parent_name(uint32_t parent);
// "0x1"; of u32 "800::800", of a qdisc "ffff:"
std::string tc_handle_name(uint32_t handle, const std::string& kind, bool qdisc);
// "all", "ip", "[1234]"; network order
std::string tc_protocol_name(uint16_t protocol);

} // namespace xs
