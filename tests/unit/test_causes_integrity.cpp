// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes of packets that the transform of their SA refuses: with the evidence, without it, and with evidence against.
#include "refused.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

TEST_CASE("icv-mismatch: the statistic rose, or the transform said so") {
  Event e = refused(0);
  e.packet_evidence->integrity = IntegrityFailures{4, 5};
  CHECK(cause(e) == "icv-mismatch");
  CHECK(diagnose(e).why == fmt::format("The packet's integrity check failed under {} (rfc4106(gcm(aes))), which has an "
                                       "ICV of 128 bits and no ESN: integrity_failed rose from 4 to 5.",
                                       kSa));
  CHECK(advises(e, "ICV length (here 128 bits) and ESN (here off)"));
  CHECK(advises(e, "ip xfrm state get src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000101 (on both)"));
  e.evidence->state->changed = by_ip(How::netlink, 3'000'000'000);
  CHECK(says(e, "The SA was changed 3.0 s ago by ip[301] (netlink) without a new SPI."));
  e.packet_evidence->integrity = {};
  e.packet_evidence->error = EBADMSG;
  CHECK(cause(e) == "icv-mismatch");
  CHECK(says(e, "no ESN: the transform returned EBADMSG (74)."));
  e.evidence->state = {};
  CHECK(lacks(diagnose(e), "the SA that the packet held"));
}

TEST_CASE("icv-mismatch tells the ICV of the SA's own algorithm") {
  State s = sa();
  s.crypto = Algorithm{"enc", "cbc(aes)", 128, 0};
  s.auth = Algorithm{"auth-trunc", "hmac(sha256)", 256, 96};
  CHECK(says(refused(EBADMSG, s), "(cbc(aes), hmac(sha256)), which has an ICV of 96 bits and no ESN"));
  s.esn = true; // of the form that ESN has, without it: a window above 32
  CHECK(says(refused(EBADMSG, s), "96 bits and no ESN"));
  s.flag_names = {"esn"};
  CHECK(says(refused(EBADMSG, s), "96 bits and ESN"));
}

TEST_CASE("no integrity failure is told where the evidence contradicts itself") {
  Event e = esp_of(100, EINVAL);
  e.packet_evidence->integrity = IntegrityFailures{4, 5};
  CHECK(cause(e) == "unknown");
  CHECK(lacks(diagnose(e), "the transform returned EINVAL (22), but integrity_failed rose from 4 to 5"));
  e.packet_evidence->error = EBADMSG;
  e.packet_evidence->integrity = IntegrityFailures{5, 5};
  CHECK(cause(e) == "unknown");
  CHECK(lacks(diagnose(e), "integrity_failed stayed at 5"));
  e.packet_evidence->error = ENOSPC;
  e.packet_evidence->integrity = IntegrityFailures{4, 5};
  CHECK(cause(e) == "unknown");
  e.packet_evidence->error = {};
  e.packet_evidence->integrity = {};
  CHECK(cause(e) == "unknown");
  CHECK(lacks(diagnose(e), "integrity failures before this packet"));
}

TEST_CASE("AH covers the IP header, too, but for what routers change") {
  State s = ah(128);
  CHECK(diagnose(refused(EBADMSG, s))
            .advice.ends_with("AH covers the IP header, too, but for TOS, flags, fragment offset, TTL and checksum."));
  s.src = "fd00::1";
  s.dst = "fd00::2";
  Event e = refused(EBADMSG, s);
  e.packet->src = s.src;
  CHECK(diagnose(e).advice.find("but for hop limit, traffic class, flow label") != std::string::npos);
  CHECK_FALSE(advises(refused(EBADMSG), "covers"));
}

TEST_CASE("AH does not survive NAT") {
  Event e = refused(EBADMSG, ah(128));
  CHECK_FALSE(says(e, "NAT"));
  e.packet->src = "198.51.100.7";
  CHECK(cause(e) == "icv-mismatch");
  CHECK(says(e, "The packet came from 198.51.100.7, but the SA is from 10.0.0.1: AH covers the addresses and does not "
                "survive NAT."));
  CHECK(advises(e, "Keep NAT away from AH (from 198.51.100.7)"));
  e.evidence->deleted = gone(How::netlink);
  e.evidence->deleted->proto = "ah";
  e.evidence->deleted->removed = e.evidence->state->added = by_ip(How::netlink);
  CHECK_FALSE(says(e, "made anew")); // the address explains it
  e.evidence->state->src = "0.0.0.0";
  CHECK_FALSE(says(e, "NAT"));
  Event plain = refused(EBADMSG);
  plain.packet->src = "198.51.100.7";
  CHECK_FALSE(says(plain, "NAT")); // ESP does not cover the outer addresses
}

TEST_CASE("AH within ESP in transport mode fails on Linux, whatever the key") {
  Event e = refused(EBADMSG, ah(128));
  SecpathEntry self = through("transport"), around = through("transport");
  self.proto = "ah";
  self.spi = e.evidence->state->spi;
  e.packet_evidence->secpath = {around, self};
  CHECK(cause(e) == "icv-mismatch");
  CHECK(says(e, "It was in transport mode within esp: AH covers the protocol in the IP header"));
  CHECK(advises(e, "Let the peer apply AH last, around esp"));
  e.packet_evidence->secpath->front().mode = "tunnel"; // with an IP header of its own inside
  CHECK_FALSE(says(e, "within esp"));
  e.packet_evidence->secpath = {self, self};
  CHECK_FALSE(says(e, "within"));
  e.packet_evidence->secpath = {around};
  CHECK_FALSE(says(e, "within"));
}

TEST_CASE("crypto-queue-full") {
  for (const uint16_t error : {ENOSPC, EBUSY, EAGAIN}) {
    CHECK(cause(esp_of(100, error)) == "crypto-queue-full");
    CHECK(cause(refused(error, ah(128))) == "crypto-queue-full");
  }
  CHECK(diagnose(refused(ENOSPC)).why ==
        fmt::format("The queue of the crypto driver that {} (rfc4106(gcm(aes))) uses was full: the transform returned "
                    "ENOSPC (28). Nothing is wrong with the packet.",
                    kSa));
  Event e = refused(ENOSPC);
  e.packet_evidence->integrity = IntegrityFailures{5, 5};
  CHECK(cause(e) == "crypto-queue-full");
}

TEST_CASE("no-memory") {
  CHECK(cause(refused(ENOMEM)) == "no-memory");
  CHECK(says(refused(ENOMEM), "the transform returned ENOMEM (12)"));
  CHECK(cause(refused(ENOMEM, ah(128))) == "unknown"); // AH says that of a header that it does not take, too
  CHECK(lacks(diagnose(refused(ENOMEM, ah(128))), "the lengths of the packet's headers"));
}

TEST_CASE("malformed-payload: authentic, if the SA authenticates and the packet is long enough") {
  Event e = esp_of(100, EINVAL);
  e.packet_evidence->integrity = IntegrityFailures{5, 5};
  CHECK(cause(e) == "malformed-payload");
  CHECK(says(e, "The packet is authentic under the SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101 (integrity_failed "
                "stayed at 5), but"));
  e.packet_evidence->transform = {};
  CHECK(cause(e) == "unknown"); // it may be too short
  CHECK(lacks(diagnose(e), "the lengths of the packet's headers"));
  e = esp_of(100, 0);
  e.packet_evidence->integrity = IntegrityFailures{5, 5};
  CHECK(cause(e) == "unknown"); // a full queue looks the same
  CHECK(lacks(diagnose(e), "the error number that the SA's transform returned"));
}

TEST_CASE("malformed-payload: an SA without authentication is not called authentic") {
  Event e = esp_of(100, EINVAL);
  e.evidence->state->crypto = Algorithm{"enc", "ecb(cipher_null)", 0, 0};
  e.evidence->state->auth = Algorithm{"auth-trunc", "digest_null", 0, 0};
  e.packet_evidence->transform->header_len = 8;
  CHECK(cause(e) == "malformed-payload");
  CHECK(says(e, "authenticates nothing, so that a wrong key looks the same"));
  CHECK_FALSE(says(e, "authentic under"));
  e.evidence->state->auth = {};
  CHECK(says(e, "authenticates nothing"));
}

TEST_CASE("malformed-payload: IPComp has no authentication") {
  State s = sa();
  s.proto = "comp";
  s.crypto = Algorithm{"comp", "deflate", 0, 0};
  for (const uint16_t error : {EINVAL, ENOSPC}) { // ENOSPC: more comes out than there is room for
    CHECK(cause(refused(error, s)) == "malformed-payload");
    CHECK(says(refused(error, s), "does not decompress under the SA"));
    CHECK(says(refused(error, s), "IPComp has no authentication of its own"));
  }
  CHECK(cause(refused(ENOMEM, s)) == "no-memory");
}

TEST_CASE("malformed-payload: AH whose IP options cannot be made ready was not authenticated") {
  Event e = ah_of(32, ah(128), EINVAL);
  CHECK(cause(e) == "malformed-payload");
  CHECK(says(e, "which was not made"));
}

TEST_CASE("any other error of a transform is unknown, with its number") {
  const Event e = esp_of(100, EIO);
  CHECK(cause(e) == "unknown");
  CHECK(says(e, "The SA's transform returned EIO (5)."));
}
