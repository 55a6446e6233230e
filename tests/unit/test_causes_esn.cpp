// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes about extended sequence numbers that the kernel mistakes for others: with the evidence, without it, and with
// evidence against.
#include "../../user/diagnose/esn.hpp"
#include "events.hpp"

#include <cerrno>
#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

constexpr uint32_t kTwoBelow = 0xfffffffe; // 2^32 - 2

Event failed(uint32_t seq, uint32_t top, uint32_t hi = 0, uint32_t window = 32) {
  Event e = event(XfrmInStateProtoError, "xfrm_input");
  e.packet = esp(0x101, seq);
  State s = sa();
  s.esn = true;
  s.flag_names = {"esn"};
  s.window = window;
  s.live->seq = top;
  s.live->seq_hi = hi;
  e.evidence = found(Match::held, s);
  e.packet_evidence.emplace();
  e.packet_evidence->integrity = IntegrityFailures{0, 1};
  return e;
}

std::string cause(const Event& e) {
  return diagnose(e).cause;
}

// As xfrm_replay_seqhi() does it.
uint32_t kernels_hi(uint32_t seq, const EsnWindow& w) {
  const uint32_t bottom = w.top - w.size + 1;
  if (w.top >= w.size - 1) return seq < bottom ? *w.hi + 1 : *w.hi;
  return seq >= bottom ? *w.hi - 1 : *w.hi;
}

} // namespace

TEST_CASE("esn-window: the sender's numbers began anew") {
  const Event e = failed(5, 900'000);
  CHECK(cause(e) == "esn-window");
  CHECK(
      diagnose(e).why ==
      "Sequence number 5 lies far left of the replay window of 32 under the SA src 10.0.0.1 dst 10.0.0.2 esp spi "
      "0x00000101 (highest 900000). With ESN the kernel takes it for one of the next 2^32 numbers, so that the "
      "integrity check cannot succeed, whatever the key: the sender's numbers began anew, as its SA was installed anew "
      "or the peer's agent restarted.");
  CHECK(diagnose(e).advice.starts_with(
      "Delete this SA here and on the peer (ip xfrm state delete src 10.0.0.1 dst 10.0.0.2 "
      "proto esp spi 0x00000101), and have both installed anew with a new key and SPI"));
  CHECK(says(failed(1, 100), "far left"));
  CHECK(says(failed(1, 900'000, 7), "far left"));    // whatever the upper half
  CHECK(says(failed(600'000, 900'000), "far left")); // no reordering goes that far: it has sent on since it began anew
}

TEST_CASE("esn-window: reordering beyond the window") {
  const Event e = failed(60, 100);
  CHECK(cause(e) == "esn-window");
  CHECK(says(e, "Sequence number 60 is 40 behind the highest one (100) of"));
  CHECK(says(e, "left of its replay window of 32 by 9. With ESN the kernel takes it for one of the next 2^32 numbers"));
  CHECK(diagnose(e).advice.starts_with(
      "Widen the replay window above 40: install the SA with flag esn replay-window 64 "));
  CHECK(cause(failed(68, 100)) == "esn-window");
  CHECK(cause(failed(69, 100)) == "icv-mismatch"); // the window's left end
  CHECK(diagnose(failed(90'000, 100'000))
            .advice.starts_with("Look for what reorders packets by 10000: the kernel's widest"));
}

TEST_CASE("esn-window: packets of the 2^32 before, behind a window that has gone on to the next") {
  const Event e = failed(kTwoBelow, 100, 1); // 102 behind
  CHECK(cause(e) == "esn-window");
  CHECK(says(e, "is 102 behind the highest one (100)"));
  CHECK(says(e, "for one of the present 2^32 numbers, far ahead"));
  CHECK(cause(failed(kTwoBelow - 100, 5, 1)) == "esn-window"); // the window itself spans both
  CHECK(cause(failed(kTwoBelow, 5, 1)) == "icv-mismatch");     // in the window
  CHECK(cause(failed(kTwoBelow, 100, 0)) == "icv-mismatch");   // right of it, as it must be taken for
  Event unknown = failed(kTwoBelow, 100);
  unknown.evidence->state->live->seq_hi = {};
  CHECK(cause(unknown) == "unknown");
  CHECK(lacks(diagnose(unknown), "the upper half of the SA's sequence number"));
}

TEST_CASE("esn-window: a number before the first") {
  CHECK(cause(failed(kTwoBelow, 3, 0)) == "esn-window");
  CHECK(says(failed(kTwoBelow, 3, 0), "for a number before the first"));
  CHECK(cause(failed(kTwoBelow, 3, 1)) == "icv-mismatch");
}

TEST_CASE("not esn-window: a wrong key of a fresh SA, in the window, right of it, or just behind a wrap") {
  CHECK(cause(failed(1, 0)) == "icv-mismatch");
  CHECK(cause(failed(3, 20)) == "icv-mismatch");
  CHECK(cause(failed(90, 100)) == "icv-mismatch");
  CHECK(cause(failed(101, 100)) == "icv-mismatch");
  CHECK(cause(failed(900'000, 100)) == "icv-mismatch");
  CHECK(cause(failed(5, kTwoBelow)) == "icv-mismatch"); // one of the next 2^32, as the sender may well mean it
}

namespace {

bool hints_in_why(const Event& e) {
  return says(e, "If it is past 2^32, the check cannot succeed, whatever the key");
}

bool hints_in_advice(const Event& e) {
  return diagnose(e).advice.find("the sender may be past 2^32") != std::string::npos;
}

} // namespace

TEST_CASE("icv-mismatch under a young SA with ESN: the sender may be past 2^32") {
  const Event e = failed(5'000, 0);
  CHECK(cause(e) == "icv-mismatch");
  CHECK(says(e, "No packet has come through this SA yet, but the sender is at number 5000, and 1 failed here: its "
                "numbers began before this SA did."));
  CHECK(hints_in_why(e));
  CHECK(hints_in_advice(e));
  CHECK(diagnose(e).advice.find("the peer's oseq-hi has to be the seq-hi here, 0x0") != std::string::npos);
  Event ah = e;
  ah.evidence->state->proto = "ah";
  ah.packet->proto = "ah";
  CHECK(hints_in_why(ah));
}

TEST_CASE(
    "icv-mismatch of a sender that began with this SA: a wrong key, and the other half of the numbers in advice only") {
  CHECK(cause(failed(1, 0)) == "icv-mismatch");
  CHECK_FALSE(hints_in_why(failed(1, 0)));
  CHECK(hints_in_advice(failed(1, 0)));
  Event e = failed(5'000, 0);
  e.packet_evidence->integrity = IntegrityFailures{4'989, 4'990}; // all of its packets, save some that were lost
  CHECK_FALSE(hints_in_why(e));
  CHECK(hints_in_advice(e));
}

TEST_CASE("icv-mismatch under ESN of an SA that has taken packets: their halves agreed") {
  Event e = failed(5'000, 0);
  e.evidence->state->live->used.packets = 1;
  CHECK(cause(e) == "icv-mismatch");
  CHECK_FALSE(hints_in_why(e));
  CHECK_FALSE(hints_in_advice(e));
}

TEST_CASE("icv-mismatch under ESN of an SA whose numbers were set") {
  CHECK(hints_in_advice(failed(5'000, 4'990, 1))); // which upper half they had is as open
  CHECK_FALSE(hints_in_why(failed(5'000, 4'990, 1)));
  CHECK_FALSE(hints_in_advice(failed(5'000, 4'990))); // the lower half agrees
  CHECK(hints_in_advice(failed(900'000, 100)));
}

TEST_CASE("icv-mismatch: no word of upper halves without ESN, without the half here, or where the address tells") {
  Event e = failed(5'000, 0);
  e.evidence->state->live->seq_hi = {};
  CHECK_FALSE(hints_in_why(e));
  CHECK_FALSE(hints_in_advice(e));
  e = failed(5'000, 0);
  e.evidence->state->flag_names = {};
  CHECK_FALSE(hints_in_advice(e));
  e = failed(5'000, 0);
  e.evidence->state->proto = "ah";
  e.packet->src = "10.0.0.77"; // NAT
  CHECK(cause(e) == "icv-mismatch");
  CHECK_FALSE(hints_in_why(e));
  CHECK_FALSE(hints_in_advice(e));
}

TEST_CASE("esn-window needs ESN, a failed integrity check and the numbers") {
  Event e = failed(5, 900'000);
  e.evidence->state->flag_names = {}; // a window above 32 without ESN
  CHECK(cause(e) == "icv-mismatch");
  e = failed(5, 900'000);
  e.packet_evidence->integrity = IntegrityFailures{1, 1};
  e.packet_evidence->error = EINVAL;
  e.packet_evidence->transform = TransformSizes{100, 16, {}};
  CHECK(cause(e) == "malformed-payload");
  e = failed(5, 900'000);
  e.packet_evidence->error = EINVAL;
  CHECK(cause(e) == "unknown"); // contradicts the statistic
  e = failed(5, 900'000);
  e.packet->seq = {};
  CHECK(cause(e) == "unknown"); // nor icv-mismatch: the key may be right
  CHECK(lacks(diagnose(e), "the packet's sequence number"));
  e.evidence->state->live = {};
  CHECK(lacks(diagnose(e), "SA's present state"));
}

TEST_CASE(
    "a mistake is where the kernel's number is further from the window than another one that the sender may mean") {
  constexpr uint32_t kTops[] = {0, 5, 30, 31, 32, 100, 4096, 1u << 20, 1u << 31, kTwoBelow - 40, kTwoBelow + 1};
  for (const uint32_t hi : {0u, 1u, 9u})
    for (const uint32_t size : {1u, 32u, 128u, 4096u})
      for (const uint32_t top : kTops)
        for (int64_t off = -200; off <= 200; off++) {
          const int64_t meant = (int64_t(hi) << 32 | top) + off;
          if (meant < 1) continue;
          const auto seq = static_cast<uint32_t>(meant);
          const EsnWindow w{top, size, hi};
          const bool right = kernels_hi(seq, w) == static_cast<uint32_t>(meant >> 32);
          CAPTURE(hi);
          CAPTURE(size);
          CAPTURE(top);
          CAPTURE(off);
          CHECK((esn_mistake(seq, w) == EsnMistake::none) == right);
        }
}
