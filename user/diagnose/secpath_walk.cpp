// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Converts templates and SAs to rows, and runs the code of the BPF side on them.
#include "secpath_walk.hpp"
#include "flow.hpp"
#include "secpath.hpp"

#include "../decode/names.hpp"
#include "../model/records.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>

namespace xs {
namespace {

// The event, which the BPF side has in a map.
thread_local error_record walked;

error_record* current_event() {
  return &walked;
}

#ifndef __noinline
#define __noinline static
#endif
#include "../../bpf/branchless.h"

#include "../../bpf/secpath_walk.h"

uint16_t af(uint8_t family) {
  return family == 6 ? AF_INET6 : AF_INET;
}

// IPv4 uses the first four bytes, as in the kernel.
void set_address(uint8_t (&to)[16], const std::optional<std::string>& address) {
  std::memset(to, 0, sizeof(to));
  if (address) inet_pton(af(address_family(address)), address->c_str(), to);
}

template_row row_of(const Template& t) {
  template_row row{};
  set_address(row.saddr, t.src);
  row.spi = htonl(t.spi);
  row.reqid = t.reqid;
  row.aalgos = t.auth_mask;
  row.allalgs = (t.enc_mask & t.auth_mask & t.comp_mask) == ~0u;
  row.family = af(address_family(t.src));
  row.proto = xfrm_protocol_number(t.proto);
  row.mode = mode_number(t.mode);
  row.optional = t.optional;
  return row;
}

secpath_row row_of(const SecpathEntry& sa) {
  secpath_row row{};
  set_address(row.saddr, sa.src);
  row.spi = htonl(sa.spi);
  row.reqid = sa.reqid;
  row.if_id = sa.if_id;
  row.proto = xfrm_protocol_number(sa.proto);
  row.mode = mode_number(sa.mode);
  row.aalgo = sa.aalgo;
  row.helper = is_kernel_helper(sa);
  return row;
}

void lay_out(const std::vector<Template>& templates, uint32_t if_id, uint8_t family) {
  policy_row& p = walked.evidence.policy;
  p.templates = static_cast<uint8_t>(std::min<size_t>(templates.size(), TEMPLATES));
  p.if_id = if_id;
  p.family = af(family);
  std::ranges::transform(templates.begin(), templates.begin() + p.templates, p.tmpl,
                         [](const Template& t) { return row_of(t); });
}

void lay_out(const std::vector<SecpathEntry>& secpath) {
  packet_evidence& c = walked.packet_evidence;
  c.has = PACKET_EVIDENCE_SECPATH;
  c.secpath_len = static_cast<uint32_t>(std::min<size_t>(secpath.size(), XFRM_DEPTH));
  c.verified = static_cast<uint32_t>(std::ranges::count_if(secpath, &SecpathEntry::verified));
  std::ranges::transform(secpath.begin(), secpath.begin() + c.secpath_len, c.secpath,
                         [](const SecpathEntry& sa) { return row_of(sa); });
}

} // namespace

std::optional<Refused> walk_templates(const std::vector<Template>& templates, const std::vector<SecpathEntry>& secpath,
                                      uint32_t if_id, uint8_t family) {
  lay_out(templates, if_id, family);
  lay_out(secpath);
  evidence& told = walked.evidence;
  told.has = 0;
  check_templates();
  if (!(told.has & EVIDENCE_TEMPLATE)) return {};
  return Refused{told.template_at, told.secpath_at == NOT_IN_SECPATH ? std::nullopt : std::optional(told.secpath_at)};
}

uint32_t refusal_of(const Template& t, const SecpathEntry& sa, uint32_t if_id, uint8_t family) {
  const template_row tmpl = row_of(t);
  const secpath_row row = row_of(sa);
  return refusal(&tmpl, &row, if_id, af(family));
}

} // namespace xs
