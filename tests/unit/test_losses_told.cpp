// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Lines, blocks and summaries of losses.
#include "losses.hpp"
#include "tree.hpp"

#include "../../user/diagnose/causes.hpp"
#include "../../user/render/json.hpp"
#include "../../user/render/text.hpp"

#include <cerrno>
#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

constexpr TextStyle kPlain{.time = TextStyle::Time::none};

// 12 packets in two events, and one of which it is not known how many.
Summary summary() {
  Causes causes;
  Event e = held_loss(LOSS_GSO_TAIL, "xfrm_output_gso");
  e.packets = 11;
  causes.add(e, diagnose(e));
  e.packets = 1;
  causes.add(e, diagnose(e));
  Event f = held_loss(LOSS_FIREWALL, "nf_hook_slow");
  f.packets = {};
  causes.add(f, diagnose(f));
  Summary out;
  causes.put(out);
  return out;
}

} // namespace

TEST_CASE("the line of a loss has no counter, and says how many packets and which error") {
  Event e = lost(LOSS_DEFAULT_BLOCK, "xfrm_lookup_with_ifid", udp());
  e.packets = 3;
  e.packet_evidence->error = EPERM;
  Tree out = tree(to_json(e, diagnose(e)));
  CHECK(out["type"] == "loss");
  CHECK(out["counter"].is_null());
  CHECK(out["packets"] == 3);
  CHECK(out["n"] == 1);
  CHECK(out["direction"] == "out");
  CHECK(out["errno"] == "EPERM");
  CHECK(out["cause"] == "default-block");
  e.packets = {};
  e.packet_evidence->error = {};
  out = tree(to_json(e, diagnose(e)));
  CHECK(out["packets"].is_null());
  CHECK(out["errno"].is_null());
}

TEST_CASE("the block of a loss is headed so, and shows the tombstone of its SA") {
  Event e = lost(LOSS_NO_ENCAP_SOCKET, "__icmp_send");
  e.packets = 5;
  e.evidence->deleted = gone(How::netlink);
  const std::string text = to_text(e, diagnose(e), kPlain);
  CHECK(text.starts_with("no counter  no-encap-socket  5 packets  netns b\n"));
  CHECK(text.find("deleted ") != text.npos);
  e.packets = 1;
  CHECK(to_text(e, diagnose(e), kPlain).starts_with("no counter  no-encap-socket  netns b\n"));
}

TEST_CASE("an increment that stands for more packets says so") {
  Event e = event(XfrmOutStateProtoError, "xfrm_output_resume");
  e.packets = 11;
  CHECK(to_text(e, diagnose(e), kPlain).find("  11 packets  netns b") != std::string::npos);
  CHECK(tree(to_json(e, diagnose(e)))["packets"] == 11);
}

TEST_CASE("the summary has the losses of each netns, also of one whose counters did not rise") {
  const Summary s = summary();
  const std::string text = to_text(s, kPlain);
  CHECK(text.find("netns b\n"
                  "    lost, and no counter counts it\n"
                  "        gso-tail                    2  12 packets\n"
                  "        firewall                    1\n") != text.npos);
  const Tree out = tree(to_json(s));
  REQUIRE(out["netns"].size() == 1);
  CHECK(out["netns"][0]["losses"]["gso-tail"]["n"] == 2);
  CHECK(out["netns"][0]["losses"]["gso-tail"]["packets"] == 12);
  CHECK(out["netns"][0]["losses"]["firewall"]["packets"].is_null());
  CHECK(out["netns"][0]["counters"].size() == 0);
  CHECK(out["causes"][0]["counter"].is_null());
  CHECK(out["complete"] == true);
}
