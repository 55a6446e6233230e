// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decodes a row: numbers become text, unknown values nullopt.
#include "error_table.hpp"
#include "decode.hpp"
#include "names.hpp"

#include <arpa/inet.h>

namespace xs {
namespace {

std::optional<State> decode_first(const first_state& s) {
  if (!s.family) return {};
  State out;
  out.src = address_text(s.saddr, s.family);
  out.dst = address_text(s.daddr, s.family);
  out.proto = xfrm_protocol_name(s.proto);
  out.spi = ntohl(s.spi);
  out.reqid = s.reqid;
  out.mode = mode_name(s.mode);
  out.mark = {s.mark, s.mark_mask};
  out.if_id = s.if_id;
  return out;
}

} // namespace

ErrorRow decode_error_row(const error_key& key, const error_row& row) {
  ErrorRow out;
  out.counter = static_cast<uint8_t>(key.counter);
  if (key.netns) out.netns.inum = key.netns;
  out.n = row.count;
  out.first = decode_packet(row.first);
  out.last = decode_packet(row.last);
  if (out.last && out.last->len) out.bytes = row.bytes;
  out.first_ns = row.first_ns;
  out.last_ns = row.last_ns;
  if (row.state.match <= MATCH_NONE) out.match = static_cast<Match>(row.state.match);
  out.differs = differs_names(row.state.differs);
  out.state = decode_first(row.state);
  if (row.state.deleted_ns) out.deleted_ns = row.state.deleted_ns;
  return out;
}

} // namespace xs
