// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The check of templates against the SAs of a packet, by the code of the BPF programs.
#include "../../user/diagnose/secpath_walk.hpp"
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

// "template SA"; "met": all templates are; "-": no SA is left.
std::string walk(const std::vector<Template>& templates, const std::vector<SecpathEntry>& secpath, uint32_t if_id = 0,
                 uint8_t family = 4) {
  const auto refused = walk_templates(templates, secpath, if_id, family);
  if (!refused) return "met";
  return std::to_string(refused->at) + " " + (refused->met ? std::to_string(*refused->met) : "-");
}

Template transport_of(uint32_t reqid) {
  Template t = transport();
  t.reqid = reqid;
  return t;
}

Template tunnel_from(const char* src, uint32_t reqid = 1) {
  Template t = tunnel();
  t.src = src;
  t.reqid = reqid;
  return t;
}

Template optional(Template t) {
  t.optional = 1;
  return t;
}

SecpathEntry tunnel_sa(const char* src, uint32_t reqid = 1) {
  SecpathEntry sa = through("tunnel", reqid);
  sa.src = src;
  return sa;
}

SecpathEntry of_proto(SecpathEntry sa, const char* proto) {
  sa.proto = proto;
  return sa;
}

SecpathEntry accepted(SecpathEntry sa) {
  sa.verified = true;
  return sa;
}

} // namespace

TEST_CASE("walk: one template") {
  CHECK(walk({}, {}) == "met");
  CHECK(walk({transport()}, {through("transport")}) == "met");
  CHECK(walk({transport()}, {through("transport", 2)}) == "0 0");
  CHECK(walk({transport()}, {through("tunnel")}) == "0 0");
  CHECK(walk({transport()}, {}) == "0 -");
  CHECK(walk({transport_of(0)}, {through("transport", 2)}) == "met");
}

TEST_CASE("walk: the last template is that of the outermost SA") {
  const std::vector<Template> two{transport_of(1), transport_of(2)};
  CHECK(walk(two, {through("transport", 2), through("transport", 1)}) == "met");
  CHECK(walk(two, {through("transport", 1), through("transport", 2)}) == "0 -");
  CHECK(walk(two, {through("transport", 2), through("transport", 9)}) == "0 1"); // the first one fails
  CHECK(walk(two, {through("transport", 9), through("transport", 1)}) == "1 0"); // the second one
  CHECK(walk(two, {through("transport", 2)}) == "0 -");                          // an SA is missing
  CHECK(walk(two, {}) == "1 -");
  CHECK(walk({transport_of(1), transport_of(2), transport_of(3)},
             {through("transport", 3), through("transport", 9), through("transport", 1)}) == "1 1");
}

TEST_CASE("walk: SAs that no template asks for count if they are not in transport mode") {
  CHECK(walk({transport()}, {through("transport", 2), through("transport")}) == "met");
  CHECK(walk({transport()}, {through("transport"), through("transport", 2)}) == "met");
  CHECK(walk({}, {through("transport")}) == "met");
  CHECK(walk({}, {through("tunnel")}) == "0 0");
  CHECK(walk({transport()}, {through("transport"), through("tunnel")}) == "1 1");
}

TEST_CASE("walk: transport mode behind a tunnel") {
  const std::vector<Template> inside{transport_of(5), tunnel_from("192.0.2.1")};
  CHECK(walk(inside, {tunnel_sa("192.0.2.1"), through("transport", 5)}) == "met");
  CHECK(walk(inside, {tunnel_sa("192.0.2.1"), through("transport", 6)}) == "0 1");
  CHECK(walk(inside, {tunnel_sa("192.0.2.9"), through("transport", 5)}) == "1 0");
  CHECK(walk(inside, {through("transport", 5), tunnel_sa("192.0.2.1")}) == "0 -");
  // No template reaches behind a tunnel that is not its own.
  CHECK(walk({transport_of(5)}, {tunnel_sa("192.0.2.1"), through("transport", 5)}) == "0 0");
}

TEST_CASE("walk: a tunnel that an earlier check has accepted is no barrier") {
  const SecpathEntry first = tunnel_sa("192.0.2.1", 7);
  const std::vector<Template> one{tunnel_from("192.0.2.2")};
  CHECK(walk(one, {first, tunnel_sa("192.0.2.2")}) == "0 0");
  CHECK(walk(one, {accepted(first), tunnel_sa("192.0.2.2")}) == "met");
  CHECK(walk(one, {accepted(first), tunnel_sa("192.0.2.2", 9)}) == "0 1"); // the nearest one
}

TEST_CASE("walk: optional templates") {
  CHECK(walk({optional(transport_of(9))}, {}) == "met");
  CHECK(walk({optional(tunnel_from("192.0.2.1", 9)), transport_of(1)}, {through("transport")}) == "met");
  CHECK(walk({transport_of(1), optional(tunnel_from("192.0.2.1", 9))}, {through("transport")}) == "met");
  CHECK(walk({transport_of(1), optional(tunnel_from("192.0.2.1", 9))}, {through("transport", 2)}) == "0 0");
  // One in transport mode takes no SA, one in tunnel mode does.
  CHECK(walk({transport_of(1), optional(transport_of(1))}, {through("transport")}) == "met");
  CHECK(walk({optional(tunnel_from("192.0.2.1"))}, {tunnel_sa("192.0.2.1")}) == "met");
  CHECK(walk({optional(tunnel_from("192.0.2.1"))}, {tunnel_sa("192.0.2.9")}) == "1 0");
}

TEST_CASE("walk: sources count of tunnels alone, and a wildcard takes each") {
  CHECK(walk({tunnel_from("192.0.2.1")}, {tunnel_sa("192.0.2.9")}) == "0 0");
  CHECK(walk({tunnel_from("0.0.0.0")}, {tunnel_sa("192.0.2.9")}) == "met");
  CHECK(walk({tunnel_from("::")}, {tunnel_sa("2001:db8::9")}, 0, 6) == "met");
  Template t = transport();
  t.src = "192.0.2.1";
  CHECK(walk({t}, {through("transport")}) == "met");
}

TEST_CASE("walk: of a source as many bytes count as the flow's addresses have") {
  CHECK(walk({tunnel_from("2001:db8::1")}, {tunnel_sa("2001:db8::2")}, 0, 4) == "met"); // 4in6
  CHECK(walk({tunnel_from("2001:db8::1")}, {tunnel_sa("2001:db9::1")}, 0, 4) == "0 0");
  CHECK(walk({tunnel_from("::1")}, {tunnel_sa("2001:db8::2")}, 0, 4) == "met"); // its first four bytes are zero
  CHECK(walk({tunnel_from("2001:db8::1")}, {tunnel_sa("2001:db8::2")}, 0, 6) == "0 0");
  CHECK(walk({tunnel_from("192.0.2.1")}, {tunnel_sa("192.0.2.1")}, 0, 6) == "met"); // 6in4
  CHECK(walk({tunnel_from("192.0.2.1")}, {tunnel_sa("192.0.2.2")}, 0, 6) == "0 0");
}

TEST_CASE("walk: protocol, SPI, interface") {
  CHECK(walk({transport()}, {of_proto(through("transport"), "ah")}) == "0 0");
  Template t = transport();
  t.spi = 0x101;
  CHECK(walk({t}, {through("transport")}) == "met");
  t.spi = 0x102;
  CHECK(walk({t}, {through("transport")}) == "0 0");
  SecpathEntry sa = through("transport");
  sa.if_id = 7;
  CHECK(walk({transport()}, {sa}, 7) == "met");
  CHECK(walk({transport()}, {sa}, 8) == "0 0");
  CHECK(walk({transport()}, {sa}) == "met");
}

TEST_CASE("walk: the SA that differs least is told, not the first one") {
  const SecpathEntry far = of_proto(through("transport", 2), "ah");
  CHECK(walk({transport()}, {far, through("transport", 3)}) == "0 1");
  CHECK(walk({transport()}, {through("transport", 3), far}) == "0 0");
}

TEST_CASE("walk: algorithms that the template does not allow") {
  SecpathEntry sa = through("transport");
  sa.aalgo = 5;
  Template t = transport();
  CHECK(walk({t}, {sa}) == "met");
  t.auth_mask = 1u << 5;
  CHECK(walk({t}, {sa}) == "met");
  t.auth_mask = 1u << 4;
  CHECK(walk({t}, {sa}) == "0 0");
  t.proto = "route2"; // not asked of those
  CHECK(walk({t}, {of_proto(sa, "route2")}) == "met");
}

TEST_CASE("walk: the kernel's own SAs meet optional templates alone, by the addresses of the template's family") {
  const SecpathEntry helper = of_proto(tunnel_sa("192.0.2.1", 0), "4");
  CHECK(walk({tunnel_from("192.0.2.1")}, {helper}) == "0 0");
  CHECK(walk({optional(tunnel_from("192.0.2.1"))}, {helper}) == "met");
  CHECK(walk({optional(tunnel_from("192.0.2.9"))}, {helper}) == "1 0");
  const SecpathEntry helper6 = of_proto(tunnel_sa("2001:db8::1", 0), "41");
  CHECK(walk({optional(tunnel_from("2001:db8::1"))}, {helper6}) == "met");
  CHECK(walk({optional(tunnel_from("2001:db8::2"))}, {helper6}) == "1 0");
}

TEST_CASE("walk: as many templates and SAs as the kernel has, and nothing of an earlier walk") {
  const std::vector<Template> six(6, transport());
  const std::vector<SecpathEntry> through_six(6, through("transport"));
  CHECK(walk(six, through_six) == "met");
  CHECK(walk(six, {through("transport")}) == "4 -");
  CHECK(walk({transport()}, {through("transport")}) == "met");
  CHECK(walk(std::vector<Template>(9, transport()), std::vector<SecpathEntry>(9, through("transport"))) == "met");
}
