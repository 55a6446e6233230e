// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes about SAs that were replaced under the same SPI: with the evidence, without it, and with evidence against.
#include "events.hpp"

#include <cerrno>
#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

constexpr const char* kAnew = "This SA was made anew";
constexpr uint64_t kSecond = 1'000'000'000;

// The SA took the place of one of its name.
Event reinstalled(uint64_t deleted_s, uint64_t added_s) {
  Event e = event(XfrmInStateProtoError, "xfrm_input");
  e.packet = esp(0x101, 5);
  e.evidence = found(Match::held, sa());
  e.packet_evidence.emplace().error = EBADMSG;
  e.evidence->state->added = by_ip(How::netlink, added_s * kSecond);
  e.evidence->deleted = gone(How::netlink);
  e.evidence->deleted->removed = by_ip(How::netlink, deleted_s * kSecond);
  return e;
}

std::string cause(const Event& e) {
  return diagnose(e).cause;
}

} // namespace

TEST_CASE("icv-mismatch: an SA that was deleted and made anew under its SPI") {
  Event e = reinstalled(5, 3);
  CHECK(cause(e) == "icv-mismatch");
  CHECK(says(e, "This SA was made anew 3.0 s ago by ip[301] (netlink); one with the same SPI was deleted 5.0 s ago by "
                "ip[301] (netlink): the peer may still use its key."));
  CHECK(diagnose(e).advice.starts_with(
      "Install the new key at the peer, too (restart the connection there), and use a new SPI for each new key, so "
      "that late packets under the old one are recognized. Compare key, "));
  CHECK(diagnose(e).advice.find("Compare key, algorithm") != std::string::npos);
  e.evidence->deleted->removed->how = How::timer;
  e.evidence->deleted->removed->by = {};
  CHECK(says(e, "was deleted 5.0 s ago by the kernel's lifetime timer"));
  e.evidence->deleted->removed->mono_ns = e.evidence->state->added.mono_ns; // at once
  CHECK(says(e, kAnew));
  e.evidence->deleted = {};
  CHECK(cause(e) == "icv-mismatch");
  CHECK_FALSE(says(e, kAnew));
  CHECK(diagnose(e).advice.starts_with("Compare key"));
}

TEST_CASE("icv-mismatch: nothing of a tombstone that is not of the SA's predecessor") {
  CHECK_FALSE(says(reinstalled(3, 5), kAnew)); // of a later one
  Event old = reinstalled(90, 3);
  old.mono_ns += 1000 * kSecond;
  old.evidence->state->added.mono_ns = *old.evidence->deleted->removed->mono_ns + 600 * kSecond;
  CHECK(says(old, kAnew));
  ++*old.evidence->state->added.mono_ns;
  CHECK_FALSE(says(old, kAnew));
  const auto refuted = [](auto change) {
    Event e = reinstalled(5, 3);
    change(*e.evidence->deleted, *e.evidence->state);
    return cause(e) == "icv-mismatch" && !says(e, kAnew);
  };
  CHECK(refuted([](State& d, State&) { d.dst = "10.0.0.9"; }));
  CHECK(refuted([](State& d, State&) { d.src = "10.0.0.9"; }));
  CHECK(refuted([](State& d, State&) { d.proto = "ah"; }));
  CHECK(refuted([](State& d, State&) { d.spi = 0x102; }));
  CHECK(refuted([](State& d, State&) { d.mark = {1, 1}; }));
  CHECK(refuted([](State& d, State&) { d.mark = {0, 1}; }));
  CHECK(refuted([](State& d, State&) { d.crypto = {}; })); // larval: had no key
  CHECK(refuted([](State& d, State&) { d.removed->how = How::replaced; }));
  CHECK(refuted([](State& d, State&) { d.removed->mono_ns = {}; }));
  CHECK(refuted([](State& d, State&) { d.removed = {}; }));
  CHECK(refuted([](State&, State& s) { s.added.mono_ns = {}; }));
  CHECK(refuted([](State&, State& s) { s.added.how = How::listed; })); // as old as the run, at least
}
