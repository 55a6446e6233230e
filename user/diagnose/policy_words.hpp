// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Phrases on policies and on the SAs of a secpath, and the commands that correct them. Pure.
#pragma once

#include "../model/event.hpp"

#include <string>

namespace xs {

// "the in policy src 10.0.0.1/32 dst 10.0.0.2/32 proto udp dport 9 (priority 0, index 8)"
std::string policy_text(const Policy& p);
// "esp tunnel reqid 1, ah transport reqid 2": the templates that are required
std::string templates_text(const Policy& p);
bool demands_ipsec(const Policy& p);

// "ip xfrm policy add src 10.0.0.1/32 dst 10.0.0.2/32 dir fwd priority 5 tmpl src ... dst ... proto esp reqid 1 mode
// tunnel"; `verb`: "add", "update".
std::string policy_command(const char* verb, const Policy& p);

// The template that asks for an SA: State or SecpathEntry.
template <class Sa> Template template_for(const Sa& sa) {
  Template out;
  out.src = sa.src;
  out.dst = sa.dst;
  out.proto = sa.proto;
  out.reqid = sa.reqid;
  out.mode = sa.mode;
  return out;
}

// The same policy, restricted to the addresses of the flow.
Policy for_flow(Policy p, const PacketInfo& flow);

// The direction in which policies were looked up; "in or fwd" if not known. It follows from `near` if that differs in
// nothing else, as it would have been taken.
std::string direction_of(const Event& e, const NearPolicy* near = nullptr);

// "esp spi 0x00000101"
std::string entry_text(const SecpathEntry& sa);

} // namespace xs
