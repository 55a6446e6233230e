// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes about templates that no SA meets, and selectors of SAs that do not take the flow: with the evidence, without
// it, and with evidence against.
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

TEST_CASE("template-no-sa names what differs") {
  State s = sa();
  s.reqid = 2;
  s.mode = "tunnel";
  CHECK(diagnose(no_outbound_state(found(Match::nearest, s, {"reqid", "mode"}))).cause == "template-no-sa");
  CHECK(diagnose(no_outbound_state(found(Match::nearest, s, {"reqid", "mode"}))).why ==
        "The policy demands esp reqid 1 mode transport to 10.0.0.2; the nearest one is the SA src 10.0.0.1 dst "
        "10.0.0.2 esp "
        "spi 0x00000101, which has reqid 2 instead of 1 and mode tunnel instead of transport.");
  CHECK(says(no_outbound_state(found(Match::nearest, s, {"mode"})), "which has mode tunnel instead of transport."));
  s.if_id = 8;
  CHECK(says(no_outbound_state(found(Match::nearest, s, {"if_id"})), "has if_id 0x8 instead of 0x0."));
  s.mark = {1, 0xf};
  CHECK(says(no_outbound_state(found(Match::nearest, s, {"mark"})), "has mark 0x1/0xf instead of no mark."));
  s.mark = {};
  Event marked = no_outbound_state(found(Match::nearest, s, {"mark"}));
  marked.evidence->policy->mark = {0x9, 0xff};
  marked.packet->mark = 0x9;
  CHECK(says(marked, "has no mark instead of 0x9/0xff."));
  CHECK(diagnose(marked).advice.find("install the SA with mark 0x9/0xff, or give the policy no mark;") !=
        std::string::npos);
  s.dir = "in";
  Event e = no_outbound_state(found(Match::nearest, s, {"dir"}));
  e.counter = XfrmOutPolError;
  CHECK(says(e, "has dir in instead of out."));
  e.evidence->policy = {};
  CHECK(lacks(diagnose(e), "the policy"));
}

TEST_CASE("the template that failed is told, not the first one") {
  Template ah = transport();
  ah.proto = "ah";
  Event e = no_outbound_state(found(Match::none));
  e.evidence->policy = policy("out", {tunnel(), ah});
  e.evidence->template_at = 1;
  e.evidence->wanted_src = "192.0.2.1";
  e.evidence->wanted_dst = "192.0.2.2"; // the tunnel's ends
  CHECK(diagnose(e).cause == "sa-missing");
  CHECK(says(e, "Template 2 of the policy's 2 demands ah reqid 1 mode transport to 192.0.2.2, and there is no SA"));
  CHECK(diagnose(e).advice.find("ip xfrm state list dst 192.0.2.2") != std::string::npos);
  e.evidence->template_at = 0;
  CHECK(says(e, "Template 1 of the policy's 2 demands esp reqid 1 mode tunnel to 192.0.2.2"));
  e.evidence->template_at = {};
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "which template of the policy failed"));
}

TEST_CASE("an optional template does not fail") {
  Template comp = transport();
  comp.proto = "comp";
  comp.optional = 1;
  Event e = no_outbound_state(found(Match::none));
  e.evidence->policy = policy("out", {comp, transport()});
  e.evidence->template_at = 0;
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "which template of the policy failed"));
  e.evidence->template_at = {}; // only one is left that can
  CHECK(says(e, "Template 2 of the policy's 2 demands esp reqid 1 mode transport to 10.0.0.2"));
}

TEST_CASE("template-no-sa: a source that the template leaves open") {
  State s = sa();
  s.src = "10.0.0.9";
  Event e = no_outbound_state(found(Match::nearest, s, {"saddr"}));
  e.evidence->wanted_src = "10.0.0.1";
  e.evidence->wanted_dst = "10.0.0.2";
  CHECK(diagnose(e).cause == "template-no-sa");
  CHECK(says(e, "which has saddr 10.0.0.9 instead of 10.0.0.1. The template leaves the source open (src 0.0.0.0): the "
                "kernel took the packet's."));
  CHECK(diagnose(e).advice.starts_with("Install an SA with src 10.0.0.1, or let the sender use 10.0.0.9"));
  e.evidence->wanted_src = {};
  CHECK(says(e, "instead of 10.0.0.1."));
}

TEST_CASE("template-no-sa: a tunnel's source by the kernel's route") {
  State s = sa();
  s.mode = "tunnel";
  s.src = "192.0.2.11";
  s.dst = "192.0.2.2";
  Template open = tunnel();
  for (const char* any : {"0.0.0.0", "::"}) {
    open.src = any;
    Event e = no_outbound_state(found(Match::nearest, s, {"saddr"}), open);
    e.evidence->wanted_dst = "192.0.2.2";
    CHECK(says(e, "which has saddr 192.0.2.11 instead of that of the kernel's route to 192.0.2.2."));
    CHECK(says(e, "The template leaves the source open"));
    CHECK_FALSE(says(e, std::string("instead of ") + any));
    CHECK(diagnose(e).advice.starts_with("Look at the source that the kernel takes (ip route get 192.0.2.2)."));
  }
  Event e = no_outbound_state(found(Match::nearest, s, {"saddr"}), tunnel());
  CHECK(says(e, "which has saddr 192.0.2.11 instead of 192.0.2.1."));
  CHECK_FALSE(says(e, "open"));
}

TEST_CASE("template-no-sa: the advice names both values") {
  State s = sa();
  s.reqid = 2;
  CHECK(diagnose(no_outbound_state(found(Match::nearest, s, {"reqid"})))
            .advice.starts_with(
                "Make SA and policy agree: install the SA with reqid 1, or give the policy's template reqid 2"));
}

TEST_CASE("template-no-sa: mark and if_id are the policy's, the direction is the SA's alone") {
  State s = sa();
  s.if_id = 8;
  s.dir = "in";
  CHECK(diagnose(no_outbound_state(found(Match::nearest, s, {"if_id"})))
            .advice.starts_with(
                "Make SA and policy agree: install the SA with if_id 0x0 (with if_id 0x8 the policy would "
                "not take this flow, which might leave in clear);"));
  CHECK(diagnose(no_outbound_state(found(Match::nearest, s, {"dir"}))).advice ==
        "Delete the SA (ip xfrm state delete src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000101) and add it again with "
        "dir "
        "out, or without.");
}

TEST_CASE("template-no-sa: the policy gets another mark only if it then takes the flow") {
  State s = sa();
  s.mark = {0x5, 0xff};
  Event e = no_outbound_state(found(Match::nearest, s, {"mark"}));
  e.evidence->policy->mark = {0x4, 0xf};
  e.packet->mark = 0x24;
  CHECK(diagnose(e).advice.starts_with(
      "Make SA and policy agree: install the SA with mark 0x4/0xf (with mark 0x5/0xff the "
      "policy would not take this flow, which might leave in clear);"));
  e.evidence->state->mark = {0x4, 0x1c};
  e.packet->mark = 0x4;
  CHECK(diagnose(e).advice.find("mark 0x4/0xf, or give the policy mark 0x4/0x1c;") != std::string::npos);
  e.packet->mark = {};
  CHECK(diagnose(e).advice.find("mark 0x4/0xf; two key managers") != std::string::npos);
}

TEST_CASE("template-no-sa: more than one field differs, and each is told with both values") {
  State s = sa();
  s.reqid = 2;
  s.mode = "tunnel";
  s.mark = {0x5, 0xff};
  Event e = no_outbound_state(found(Match::nearest, s, {"mode", "reqid"}));
  CHECK(says(e, "which has reqid 2 instead of 1 and mode tunnel instead of transport."));
  CHECK(diagnose(e).advice.starts_with("Make SA and policy agree: install the SA with reqid 1 and mode transport, or "
                                       "give the policy's template reqid 2 and mode tunnel;"));
  e.evidence->differs = {"mark", "reqid"};
  e.packet->mark = 0x105;
  CHECK(says(e, "which has reqid 2 instead of 1 and mark 0x5/0xff instead of no mark."));
  CHECK(diagnose(e).advice.starts_with("Make SA and policy agree: install the SA with reqid 1 and no mark, or give "
                                       "the policy's template reqid 2, and the policy mark 0x5/0xff;"));
  e.packet->mark = 0x6;
  CHECK(diagnose(e).advice.starts_with(
      "Make SA and policy agree: install the SA with reqid 1 and no mark (with "
      "mark 0x5/0xff the policy would not take this flow, which might leave in clear);"));
  e.packet->mark = {}; // whether it would is not known
  CHECK(diagnose(e).advice.starts_with(
      "Make SA and policy agree: install the SA with reqid 1 and no mark; two key managers"));
}

TEST_CASE("template-no-sa: the source that the kernel takes, an SA's direction or its selector beside another field") {
  State s = sa();
  s.reqid = 2;
  s.src = "10.0.0.9";
  s.dir = "in";
  Event e = no_outbound_state(found(Match::nearest, s, {"reqid", "saddr"}));
  CHECK(says(e, "which has reqid 2 instead of 1 and saddr 10.0.0.9 instead of 10.0.0.1. The template leaves"));
  CHECK(diagnose(e).advice.starts_with(
      "Make SA and policy agree: install the SA with reqid 1 and src 10.0.0.1; two key managers"));
  e.evidence->differs = {"reqid", "dir"};
  CHECK(diagnose(e).advice.starts_with("Make SA and policy agree: install the SA with reqid 1 and dir out; two key"));
  s.sel.emplace();
  s.sel->src = "0.0.0.0";
  s.sel->dst = "10.0.0.4";
  s.sel->dst_bits = 30;
  e = no_outbound_state(found(Match::nearest, s, {"reqid", "sel.dst"}));
  CHECK(diagnose(e).cause == "template-no-sa");
  CHECK(says(e, "instead of 1. Nor does its selector take the flow: dst is 10.0.0.2, the selector says 10.0.0.4/30."));
  s.sel->upper = {{"dport", 53}};
  s.sel->dport_mask = 0xffff;
  e = no_outbound_state(found(Match::nearest, s, {"reqid", "sel.dst", "sel.dport"}));
  CHECK(says(e, "dst is 10.0.0.2, the selector says 10.0.0.4/30; dport is 9, the selector says 53."));
  e.evidence->differs = {"reqid", "sel"}; // which part, is found
  CHECK(says(e, "dst is 10.0.0.2, the selector says 10.0.0.4/30; dport is 9, the selector says 53."));
  e.evidence->differs = {"reqid", "sel.dport"};
  CHECK(says(e, "Nor does its selector take the flow: dport is 9, the selector says 53."));
}

TEST_CASE("selector-mismatch, outbound: the SA fits, its selector does not") {
  State s = sa();
  s.sel.emplace();
  s.sel->src = "0.0.0.0";
  s.sel->dst = "10.0.0.0";
  s.sel->dst_bits = 30;
  CHECK(diagnose(no_outbound_state(found(Match::exact, s))).cause == "unknown");
  s.sel->dst = "10.0.0.4";
  for (const char* field : {"sel", "sel.dst"}) {
    const Event e = no_outbound_state(found(Match::nearest, s, {field}));
    CHECK(diagnose(e).cause == "selector-mismatch");
    CHECK(diagnose(e).why == "The SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101 fits the policy's template, but its "
                             "selector does not take 10.0.0.1 -> 10.0.0.2 udp 1000 -> 9: dst is 10.0.0.2, the selector "
                             "says 10.0.0.4/30.");
    CHECK(diagnose(e).advice.find("(sel dst 10.0.0.2/32, or none at all)") != std::string::npos);
  }
  CHECK(diagnose(no_outbound_state(found(Match::exact, s))).cause == "selector-mismatch");
  CHECK(diagnose(no_outbound_state(found(Match::nearest, s, {"reqid", "sel"}))).cause == "template-no-sa");
  Event e = no_outbound_state(found(Match::nearest, s, {"sel.dst", "sel.dport"}));
  e.evidence->state->sel->upper = {{"dport", 53}};
  CHECK(says(e, "dst is 10.0.0.2, the selector says 10.0.0.4/30; dport is 9, the selector says 53."));
  CHECK(diagnose(e).advice.ends_with("Mind what else differs."));
  e = no_outbound_state(found(Match::nearest, s, {"sel"}));
  CHECK_FALSE(diagnose(e).advice.ends_with("Mind what else differs."));
  e.counter = XfrmOutPolError;
  CHECK(diagnose(e).cause == "selector-mismatch");
  e.packet = {};
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the flow that was looked up"));
}

TEST_CASE("selector-mismatch, outbound: family, device, ports, protocol") {
  State s = sa();
  s.mode = "tunnel";
  s.sel.emplace();
  s.sel->src = s.sel->dst = "0.0.0.0";
  for (const char* field : {"sel", "sel.family"}) {
    Event e = no_outbound_state(found(Match::nearest, s, {field}), tunnel());
    e.packet->src = "fd00::1";
    e.packet->dst = "fd00::2";
    CHECK(diagnose(e).cause == "selector-mismatch");
    CHECK(says(e, "family is IPv6, the selector says IPv4."));
    CHECK(diagnose(e).advice.find(
              "add it again with flag af-unspec, or with a selector of the flow's family (sel src ::/0 dst "
              "::/0)") != std::string::npos);
  }
  s.sel->dev = Device{1, "lo"};
  for (const char* field : {"sel", "sel.dev"}) {
    Event e = no_outbound_state(found(Match::nearest, s, {field}), tunnel());
    e.packet->ifindex = 0;
    CHECK(says(e, "dev is none, the selector says lo."));
    e.packet->ifindex = 3;
    e.packet->ifname = "eth0";
    CHECK(says(e, "dev is eth0, the selector says lo."));
  }
  s.sel->dev = {};
  s.sel->proto = 6;
  s.sel->proto_name = "tcp";
  CHECK(says(no_outbound_state(found(Match::nearest, s, {"sel"})), "proto is udp, the selector says tcp."));
  s.sel->proto = 17;
  s.sel->proto_name = "udp";
  s.sel->upper = {{"dport", 53}};
  s.sel->dport_mask = 0xffff;
  CHECK(says(no_outbound_state(found(Match::nearest, s, {"sel.dport"})), "dport is 9, the selector says 53."));
  CHECK(says(no_outbound_state(found(Match::nearest, s, {"sel.uid"})), "they differ in uid."));
}

TEST_CASE("selector-mismatch: which part is not known") {
  Event e = no_outbound_state(found(Match::nearest, sa(), {"sel"}));
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "which part of the SA's selector"));
}

TEST_CASE("more templates than the kernel takes, outbound") {
  Event e = no_outbound_state(found(Match::unknown));
  e.counter = XfrmOutPolError;
  e.evidence->policy = policy("out", std::vector<Template>(6, transport()));
  CHECK(diagnose(e).cause == "nested-too-deep");
  CHECK(says(e, "The policy has 6 templates, the kernel takes less than 6 on the way out."));
}
