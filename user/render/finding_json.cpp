// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes packet evidence and findings into JSON objects.
#include "finding_json.hpp"
#include "or_null.hpp"

namespace xs {
namespace {

Json to_json(const SecpathEntry& s) {
  return {{"src", or_null(s.src)}, {"dst", or_null(s.dst)}, {"proto", s.proto},      {"spi", hex_spi(s.spi)},
          {"reqid", s.reqid},      {"mode", s.mode},        {"if_id", hex(s.if_id)}, {"netns", or_null(s.netns)}};
}

Json to_json(const std::vector<SecpathEntry>& path) {
  Json out = Json::array();
  for (const SecpathEntry& s : path)
    out.push_back(to_json(s));
  return out;
}

Json to_json(const IntegrityFailures& i) {
  return {{"before", i.before}, {"after", i.after}};
}

Json to_json(const PacketSize& z) {
  return {{"mtu", z.mtu},
          {"len", z.len},
          {"gso_size", z.gso_size ? Json(z.gso_size) : Json(nullptr)},
          {"gso_segs", z.gso_segs ? Json(z.gso_segs) : Json(nullptr)}};
}

Json to_json(const TransformSizes& t) {
  return {{"len", t.len}, {"header_len", t.header_len}, {"ah_len", or_null(t.ah_len)}};
}

Json to_json(const Link& l) {
  return {{"kind", l.kind}, {"if_id", or_null(l.if_id, hex)}};
}

Json to_json(const DeviceAddresses& a) {
  return {{"in", a.in}, {"out", a.out}, {"all", a.all}};
}

Json to_json(const DefaultPolicies& d) {
  return {{"in", d.in}, {"fwd", d.fwd}, {"out", d.out}};
}

constexpr auto as_json = [](const auto& value) { return to_json(value); };

} // namespace

void put_packet_evidence(Json& out, const std::optional<PacketEvidence>& packet_evidence) {
  if (!packet_evidence) return out.put("evidence", nullptr);
  out.put("evidence", {{"secpath", or_null(packet_evidence->secpath, as_json)},
                       {"integrity_failed", or_null(packet_evidence->integrity, as_json)},
                       {"replay_seen", or_null(packet_evidence->replay_seen)},
                       {"size", or_null(packet_evidence->size, as_json)},
                       {"df", or_null(packet_evidence->df)},
                       {"routed", or_null(packet_evidence->routed)},
                       {"inner_proto", or_null(packet_evidence->inner_name)},
                       {"errno", or_null(packet_evidence->error)},
                       {"transform", or_null(packet_evidence->transform, as_json)},
                       {"ikey", or_null(packet_evidence->ikey, hex)},
                       {"link", or_null(packet_evidence->link, as_json)},
                       {"policy_dir", or_null(packet_evidence->policy_dir)},
                       {"device_addresses", or_null(packet_evidence->addresses, as_json)},
                       {"default_policy", or_null(packet_evidence->defaults, as_json)}});
}

void put_finding(Json& out, const Finding& finding) {
  out.put("cause", finding.cause);
  out.put("why", finding.why);
  out.put("advice", finding.advice);
  out.put("missing", finding.missing);
}

} // namespace xs
