// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes of packets that the transform of their SA refuses: with the evidence, without it, and with evidence against.
#include "events.hpp"

#include <cerrno>
#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

constexpr const char* kSa = "the SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101";

// `error` 0: not known.
Event refused(uint16_t error, State s = sa()) {
  Event e = event(XfrmInStateProtoError, "xfrm_input");
  e.packet = esp(0x101, 5);
  e.packet->proto = s.proto;
  e.evidence = found(Match::held, std::move(s));
  e.clues.emplace();
  if (error) e.clues->error = error;
  return e;
}

// ESP in transport mode: 8 bytes of header, 8 of IV.
Event esp_of(uint32_t len, uint16_t error) {
  Event e = refused(error);
  e.clues->transform = TransformSizes{len, 16, {}};
  return e;
}

State ah(uint16_t icv_bits, const char* algorithm = "hmac(sha256)") {
  State s = sa();
  s.proto = "ah";
  s.crypto = {};
  s.auth = Algorithm{"auth-trunc", algorithm, 256, icv_bits};
  return s;
}

Event ah_of(uint16_t ah_len, State s, uint16_t error = ENOMEM) {
  Event e = refused(error, std::move(s));
  e.clues->transform = TransformSizes{100, 24, ah_len};
  return e;
}

std::string cause(const Event& e) {
  return diagnose(e).cause;
}

bool advises(const Event& e, const std::string& text) {
  return diagnose(e).advice.find(text) != std::string::npos;
}

} // namespace

TEST_CASE("icv-mismatch: the statistic rose, or the transform said so") {
  Event e = refused(0);
  e.clues->integrity = IntegrityFailures{4, 5};
  CHECK(cause(e) == "icv-mismatch");
  CHECK(diagnose(e).why == fmt::format("The packet's integrity check failed under {} (rfc4106(gcm(aes))), which has an "
                                       "ICV of 128 bits and no ESN: integrity_failed rose from 4 to 5.",
                                       kSa));
  CHECK(advises(e, "ICV length (here 128 bits) and ESN (here off)"));
  CHECK(advises(e, "ip xfrm state get src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000101 (on both)"));
  e.evidence->state->changed = by_ip(How::netlink, 3'000'000'000);
  CHECK(says(e, "The SA was changed 3.0 s ago by ip[301] (netlink) without a new SPI."));
  e.clues->integrity = {};
  e.clues->error = EBADMSG;
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
  e.clues->integrity = IntegrityFailures{4, 5};
  CHECK(cause(e) == "unknown");
  CHECK(lacks(diagnose(e), "the transform returned EINVAL (22), but integrity_failed rose from 4 to 5"));
  e.clues->error = EBADMSG;
  e.clues->integrity = IntegrityFailures{5, 5};
  CHECK(cause(e) == "unknown");
  CHECK(lacks(diagnose(e), "integrity_failed stayed at 5"));
  e.clues->error = ENOSPC;
  e.clues->integrity = IntegrityFailures{4, 5};
  CHECK(cause(e) == "unknown");
  e.clues->error = {};
  e.clues->integrity = {};
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
  e.clues->secpath = {around, self};
  CHECK(cause(e) == "icv-mismatch");
  CHECK(says(e, "It was in transport mode within esp: AH covers the protocol in the IP header"));
  CHECK(advises(e, "Let the peer apply AH last, around esp"));
  e.clues->secpath->front().mode = "tunnel"; // with an IP header of its own inside
  CHECK_FALSE(says(e, "within esp"));
  e.clues->secpath = {self, self};
  CHECK_FALSE(says(e, "within"));
  e.clues->secpath = {around};
  CHECK_FALSE(says(e, "within"));
}

TEST_CASE("icv-length: the AH header is not of the SA's length") {
  Event e = ah_of(32, ah(96));
  CHECK(cause(e) == "icv-length");
  CHECK(diagnose(e).why ==
        "The packet's AH header has 32 bytes, which is an ICV of 128 or 160 bits, but the SA src 10.0.0.1 dst 10.0.0.2 "
        "ah spi 0x00000101 (hmac(sha256)) has an ICV of 96 bits and takes a header of 24 bytes.");
  CHECK(advises(e, "auth-trunc 'hmac(sha256)' KEY 96; Linux truncates hmac(sha256) to 96 bits"));
  CHECK(says(ah_of(24, ah(128)), "24 bytes, which is an ICV of 96 bits, but"));
  CHECK(says(ah_of(80, ah(192, "hmac(sha384)")), "an ICV of 512 bits, but"));
  e.clues->error = {};
  e.clues->integrity = IntegrityFailures{5, 5};
  CHECK(cause(e) == "icv-length"); // the lengths alone tell: the kernel looks at them first
  e.clues->error = EBADMSG;
  e.clues->integrity = {};
  CHECK(cause(e) == "icv-mismatch");
  e.clues->error = ENOMEM;
  e.clues->transform->ah_len = {};
  CHECK(cause(e) == "unknown");
  CHECK(lacks(diagnose(e), "the lengths of the packet's headers"));
}

TEST_CASE("not icv-length: what the kernel takes") {
  CHECK(cause(ah_of(24, ah(96))) == "no-memory");
  CHECK(cause(ah_of(48, ah(96))) == "no-memory");                // the full ICV of 256 bits
  CHECK(cause(ah_of(32, ah(128))) == "no-memory");               // 28 bytes, padded to 8
  CHECK(cause(ah_of(32, ah(160, "hmac(sha1)"))) == "no-memory"); // padding makes both equal
  CHECK(cause(ah_of(32, ah(128), EBADMSG)) == "icv-mismatch");
  CHECK(cause(ah_of(24, ah(96, "hmac(new)"))) == "no-memory");
  CHECK(cause(ah_of(48, ah(96, "hmac(new)"))) == "unknown");
  CHECK(lacks(diagnose(ah_of(48, ah(96, "hmac(new)"))), "the full length of the ICV of hmac(new)"));
}

TEST_CASE("icv-length: the same ICV, padded otherwise; IPv6 always pads to 8") {
  State s = ah(128);
  CHECK(says(ah_of(28, s), "padded to 4 bytes, which this SA takes with flag align4 only."));
  CHECK(advises(ah_of(28, s), "Or install this SA with flag align4."));
  s.flag_names = {"align4"};
  CHECK(cause(ah_of(28, s)) == "no-memory");
  CHECK(says(ah_of(32, s), "padded to 8 bytes, but this SA has flag align4."));
  s.src = "fd00::1";
  s.dst = "fd00::2";
  CHECK(cause(ah_of(32, s)) == "no-memory");
  CHECK(cause(ah_of(28, s)) == "icv-length");
  CHECK_FALSE(says(ah_of(28, s), "align4"));
}

TEST_CASE("too-short: no room for IV, ICV and trailer") {
  Event e = esp_of(31, EINVAL); // 8 + 8 + 16 + 2 = 34
  CHECK(cause(e) == "too-short");
  CHECK(diagnose(e).why ==
        fmt::format("The packet has 31 bytes of ESP, but under {} (rfc4106(gcm(aes))) it has at least "
                    "34: 8 of header, 8 of IV, 16 of ICV and 2 of trailer, and the kernel refused it "
                    "before it looked at its integrity.",
                    kSa));
  CHECK(cause(esp_of(33, EINVAL)) == "too-short");
  CHECK_FALSE(says(esp_of(33, EINVAL), "before it looked"));
  CHECK(says(esp_of(33, EBADMSG), ", and its integrity check failed."));
  CHECK(cause(esp_of(34, EINVAL)) == "malformed-payload");
  CHECK(cause(esp_of(34, EBADMSG)) == "icv-mismatch");
  CHECK(cause(esp_of(20, EBADMSG)) == "icv-mismatch"); // it was checked, so that the lengths are not to be believed
  CHECK(cause(esp_of(20, ENOMEM)) == "no-memory");
  CHECK(cause(esp_of(20, 0)) == "unknown"); // neither error number nor statistic
  Event counted = esp_of(20, 0);
  counted.clues->integrity = IntegrityFailures{5, 5};
  CHECK(cause(counted) == "too-short");
}

TEST_CASE("too-short: tunnels, encapsulation and other ciphers have other lengths") {
  Event e = esp_of(33, EINVAL);
  e.evidence->state->mode = "tunnel";
  e.clues->transform->header_len = 36;
  CHECK(says(e, "it has at least 34"));
  e.evidence->state->encap = Encap{"espinudp", 4500, 4500, {}, 0};
  e.clues->transform->header_len = 44;
  CHECK(says(e, "it has at least 34"));
  e.evidence->state->dst = "fd00::2";
  e.clues->transform->header_len = 64;
  CHECK(says(e, "it has at least 34"));
  e.evidence->state->crypto = Algorithm{"enc", "cbc(aes)", 128, 0};
  e.evidence->state->auth = Algorithm{"auth-trunc", "hmac(sha256)", 256, 96};
  e.clues->transform->header_len = 72;
  CHECK(says(e, "it has at least 38: 8 of header, 16 of IV, 12 of ICV"));
  e.evidence->state->mode = "beet";
  CHECK(cause(e) == "unknown");
  CHECK(lacks(diagnose(e), "the lengths of the packet's headers"));
}

TEST_CASE("too-short: an AH header shorter than any says nothing of an ICV") {
  const State s = ah(128);
  CHECK(cause(ah_of(8, s)) == "too-short");
  CHECK(says(ah_of(8, s), "says that it has 8 bytes, but no AH header has less than 12"));
  CHECK(cause(ah_of(12, s)) == "icv-length");
}

TEST_CASE("too-short: a packet that ends within its AH header") {
  Event e = ah_of(32, ah(128));
  e.clues->transform->len = 20;
  CHECK(cause(e) == "too-short");
  CHECK(says(e, "it has 20 bytes of the 32 that the header says, and was never authenticated"));
  e.clues->error = EBADMSG;
  CHECK(cause(e) == "icv-mismatch");
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
  e.clues->integrity = IntegrityFailures{5, 5};
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
  e.clues->integrity = IntegrityFailures{5, 5};
  CHECK(cause(e) == "malformed-payload");
  CHECK(says(e, "The packet is authentic under the SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101 (integrity_failed "
                "stayed at 5), but"));
  e.clues->transform = {};
  CHECK(cause(e) == "unknown"); // it may be too short
  CHECK(lacks(diagnose(e), "the lengths of the packet's headers"));
  e = esp_of(100, 0);
  e.clues->integrity = IntegrityFailures{5, 5};
  CHECK(cause(e) == "unknown"); // a full queue looks the same
  CHECK(lacks(diagnose(e), "the error number that the SA's transform returned"));
}

TEST_CASE("malformed-payload: an SA without authentication is not called authentic") {
  Event e = esp_of(100, EINVAL);
  e.evidence->state->crypto = Algorithm{"enc", "ecb(cipher_null)", 0, 0};
  e.evidence->state->auth = Algorithm{"auth-trunc", "digest_null", 0, 0};
  e.clues->transform->header_len = 8;
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
