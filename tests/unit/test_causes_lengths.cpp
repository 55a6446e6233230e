// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes of packets whose length is not what their SA requires.
#include "refused.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

TEST_CASE("icv-length: the AH header is not of the SA's length") {
  Event e = ah_of(32, ah(96));
  CHECK(cause(e) == "icv-length");
  CHECK(diagnose(e).why ==
        "The packet's AH header has 32 bytes, which is an ICV of 128 or 160 bits, but the SA src 10.0.0.1 dst 10.0.0.2 "
        "ah spi 0x00000101 (hmac(sha256)) has an ICV of 96 bits and takes a header of 24 bytes.");
  CHECK(advises(e, "auth-trunc 'hmac(sha256)' KEY 96; Linux truncates hmac(sha256) to 96 bits"));
  CHECK(says(ah_of(24, ah(128)), "24 bytes, which is an ICV of 96 bits, but"));
  CHECK(says(ah_of(80, ah(192, "hmac(sha384)")), "an ICV of 512 bits, but"));
  e.packet_evidence->error = {};
  e.packet_evidence->integrity = IntegrityFailures{5, 5};
  CHECK(cause(e) == "icv-length"); // the lengths alone tell: the kernel looks at them first
  e.packet_evidence->error = EBADMSG;
  e.packet_evidence->integrity = {};
  CHECK(cause(e) == "icv-mismatch");
  e.packet_evidence->error = ENOMEM;
  e.packet_evidence->transform->ah_len = {};
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
  counted.packet_evidence->integrity = IntegrityFailures{5, 5};
  CHECK(cause(counted) == "too-short");
}

TEST_CASE("too-short: tunnels, encapsulation and other ciphers have other lengths") {
  Event e = esp_of(33, EINVAL);
  e.evidence->state->mode = "tunnel";
  e.packet_evidence->transform->header_len = 36;
  CHECK(says(e, "it has at least 34"));
  e.evidence->state->encap = Encap{"espinudp", 4500, 4500, {}, 0};
  e.packet_evidence->transform->header_len = 44;
  CHECK(says(e, "it has at least 34"));
  e.evidence->state->dst = "fd00::2";
  e.packet_evidence->transform->header_len = 64;
  CHECK(says(e, "it has at least 34"));
  e.evidence->state->crypto = Algorithm{"enc", "cbc(aes)", 128, 0};
  e.evidence->state->auth = Algorithm{"auth-trunc", "hmac(sha256)", 256, 96};
  e.packet_evidence->transform->header_len = 72;
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
  e.packet_evidence->transform->len = 20;
  CHECK(cause(e) == "too-short");
  CHECK(says(e, "it has 20 bytes of the 32 that the header says, and was never authenticated"));
  e.packet_evidence->error = EBADMSG;
  CHECK(cause(e) == "icv-mismatch");
}
