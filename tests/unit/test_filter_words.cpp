// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Values of filter options, to the bit.
#include "../../user/cli/filter_words.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>

using namespace xs;

TEST_CASE("an address is a prefix of its full length") {
  const auto p = parse_prefix("192.0.2.1");
  REQUIRE(p);
  CHECK(p->family == 4);
  CHECK(ntohl(p->address[0]) == 0xc0000201);
  CHECK(p->mask[0] == 0xffffffff);
  CHECK(p->mask[1] == 0);
}

TEST_CASE("bits behind the prefix do not count") {
  const auto p = parse_prefix("192.0.2.129/25");
  REQUIRE(p);
  CHECK(ntohl(p->address[0]) == 0xc0000280);
  CHECK(ntohl(p->mask[0]) == 0xffffff80);
  const auto all = parse_prefix("192.0.2.1/0");
  REQUIRE(all);
  CHECK(all->mask[0] == 0);
  CHECK(all->address[0] == 0);
}

TEST_CASE("IPv6 prefixes end within any word") {
  const auto p = parse_prefix("2001:db8:ffff:ffff::1/36");
  REQUIRE(p);
  CHECK(p->family == 6);
  CHECK(ntohl(p->mask[0]) == 0xffffffff);
  CHECK(ntohl(p->mask[1]) == 0xf0000000);
  CHECK(p->mask[2] == 0);
  CHECK(ntohl(p->address[1]) == 0xf0000000);
  CHECK(parse_prefix("::1")->mask[3] == 0xffffffff);
}

TEST_CASE("what is no address or prefix is refused") {
  for (const char* text :
       {"", "/", "192.0.2", "192.0.2.1/33", "192.0.2.1/", "192.0.2.1/-1", "::/129", "host", "1.2.3.4/8/8"})
    CHECK_MESSAGE(!parse_prefix(text), text);
}

TEST_CASE("SPIs are hexadecimal or decimal, and never 0") {
  CHECK(parse_spi("0x101") == htonl(257));
  CHECK(parse_spi("257") == htonl(257));
  CHECK(parse_spi("0xffffffff") == 0xffffffff);
  for (const char* text : {"", "0", "0x0", "0x", "0x1g", "4294967296", "-1"})
    CHECK_MESSAGE(!parse_spi(text), text);
}

TEST_CASE("a mark without a mask means all of its bits") {
  CHECK(parse_mark("0x1")->mask == 0xffffffff);
  CHECK(parse_mark("0x100/0xf00")->value == 0x100);
  CHECK(parse_mark("0x100/0xf00")->mask == 0xf00);
  CHECK(parse_mark("0/1")->value == 0);
  for (const char* text : {"", "/", "1/", "x", "0x1000/0xf00"})
    CHECK_MESSAGE(!parse_mark(text), text);
}

TEST_CASE("a device's name fills its field with zeros") {
  filter f{};
  REQUIRE(put_ifname(f, "wlp0s20f3xxxxxx"));
  REQUIRE(put_ifname(f, "eth0"));
  const char expected[16] = "eth0";
  CHECK(std::string_view(reinterpret_cast<const char*>(f.ifname), 16) == std::string_view(expected, 16));
  for (const char* name : {"", "sixteen-bytes-xx", "a b", "a/b"})
    CHECK_FALSE_MESSAGE(put_ifname(f, name), name);
}
