// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes of packets that came uncompressed although a policy demands IPComp.
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

// Of IPComp in tunnel mode within ESP, where the packet was too small to be compressed.
Event uncompressed() {
  Template comp = tunnel();
  comp.proto = "comp";
  comp.reqid = 2;
  SecpathEntry helper = through("tunnel", 0);
  helper.proto = "4";
  helper.src = "192.0.2.1";
  return mismatch({through("transport"), helper}, {comp, transport()});
}

} // namespace

TEST_CASE("compression-optional") {
  Event e = uncompressed();
  CHECK(diagnose(e).cause == "compression-optional");
  CHECK(
      diagnose(e).why ==
      "10.0.0.1 -> 10.0.0.2 udp 1000 -> 9 came uncompressed, as packets do that compression would not make smaller, "
      "but the template comp tunnel reqid 2 of the in policy src 10.0.0.1/32 dst 10.0.0.2/32 (priority 0, index 8) is "
      "required.");
  CHECK(diagnose(e).advice ==
        "Give the comp template level use: ip xfrm policy update src 10.0.0.1/32 dst 10.0.0.2/32 dir in tmpl src "
        "192.0.2.1 dst 192.0.2.2 proto comp reqid 2 mode tunnel level use tmpl src 0.0.0.0 dst 0.0.0.0 proto esp reqid "
        "1 mode transport");
  e.evidence->template_at = 0;
  e.evidence->secpath_at = 1;
  CHECK(diagnose(e).cause == "compression-optional");
  e.evidence->policy->templates[0].mode = "transport"; // where the kernel makes no SA of its own
  e.packet_evidence->secpath->pop_back();
  e.evidence->secpath_at = {};
  CHECK(diagnose(e).cause == "compression-optional");
}

TEST_CASE("not compression-optional: another template is not met either, or the packet was compressed") {
  Event e = uncompressed();
  e.evidence->policy->templates[1].reqid = 9;
  CHECK(diagnose(e).cause == "template-mismatch");
  e = uncompressed();
  e.packet_evidence->secpath->back().src = "192.0.2.9"; // of another tunnel
  CHECK(diagnose(e).cause == "template-mismatch");
  e = uncompressed();
  e.packet_evidence->secpath->back().proto = "comp";
  CHECK(diagnose(e).cause == "template-mismatch");
  e = uncompressed();
  e.evidence->policy = {};
  CHECK(lacks(diagnose(e), "the policy"));
}

TEST_CASE("compression-optional: IPComp alone in transport mode, of a packet too small to be compressed") {
  Event e = event(XfrmInTmplMismatch, "__xfrm_policy_check");
  e.packet = udp();
  e.packet->len = 60;
  e.packet_evidence.emplace().secpath.emplace();
  e.evidence = found(Match::none);
  Template comp = transport();
  comp.proto = "comp";
  e.evidence->policy = policy("in", {comp});
  CHECK(diagnose(e).cause == "compression-optional");
  comp.mode = "tunnel"; // which would be there, compressed or not
  e.evidence->policy = policy("in", {comp});
  CHECK(diagnose(e).cause == "plaintext");
  comp.mode = "transport";
  e.evidence->policy = policy("in", {comp});
  e.packet->len = 110;
  CHECK(diagnose(e).cause == "plaintext");
  e.packet->len = {};
  CHECK(diagnose(e).cause == "plaintext");
  e.packet->len = 60;
  e.evidence->policy->templates.push_back(transport());
  CHECK(diagnose(e).cause == "plaintext");
}
