// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Events and summaries as text.
#include "../../user/render/text.hpp"

#include "../../bpf/counters.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

using namespace xs;

namespace {

constexpr int64_t kTime = 1795359826'001062368; // 2026-11-22 15:03:46.001062368 UTC
using Time = TextStyle::Time;

Event esp_event() {
  Event e;
  e.real_ns = kTime;
  e.mono_ns = 2'500'000'000;
  e.counter = XfrmInNoStates;
  e.n = 1;
  e.cpu = 3;
  e.site = SiteRef{"xfrm_input", 1964, ""};
  e.netns = {4026531840, "init"};
  PacketInfo p;
  p.src = "192.0.2.1";
  p.dst = "192.0.2.2";
  p.proto = "esp";
  p.spi = 0x1003;
  p.seq = 7;
  p.len = 120;
  p.mark = 0xd00;
  p.ifindex = 2;
  p.ifname = "eth0";
  e.packet = p;
  return e;
}

Finding finding() {
  return {"sa-unknown", "No SA has this SPI.", "Ask the peer.", {}};
}

std::string plain(const Event& e) {
  return to_text(e, finding(), {.time = Time::none});
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

bool any_control(const std::string& text) {
  for (const unsigned char c : text)
    if ((c < 0x20 && c != '\n') || c == 0x7f) return true;
  return false;
}

Summary summary(CounterResult r) {
  NetnsResult ns;
  ns.netns.name = "init";
  ns.netns.inum = 4026531840;
  ns.counters.emplace(XfrmInNoStates, r);
  Summary s;
  s.netns.push_back(ns);
  s.complete = r.complete();
  return s;
}

} // namespace

TEST_CASE("an event without colour") {
  Event e = esp_event();
  e.process = Process{77, "ping"};
  e.stack = {"xfrm_input+0x7ac", "xfrm4_rcv+0x35"};
  CHECK(plain(e) ==
        "XfrmInNoStates  sa-unknown  netns init\n"
        "    packet   src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x00001003 seq 7 len 120 mark 0xd00 dev eth0\n"
        "    why      No SA has this SPI.\n"
        "    advice   Ask the peer.\n"
        "    site     xfrm_input+0x7ac  cpu 3  process ping[77]\n"
        "    stack    xfrm_input+0x7ac\n"
        "             xfrm4_rcv+0x35\n");
}

TEST_CASE("an event of which nothing else is known") {
  Event e;
  e.counter = XfrmOutNoStates;
  e.n = 12;
  CHECK(plain(e) == "XfrmOutNoStates  sa-unknown  x12  netns ?\n"
                    "    why      No SA has this SPI.\n"
                    "    advice   Ask the peer.\n");
}

TEST_CASE("a flow, a netns without a name, a module, a device by its number") {
  Event e = esp_event();
  e.netns.name = {};
  e.site->module = "xfrm_interface";
  e.packet = PacketInfo{};
  e.packet->is_flow = true;
  e.packet->ifindex = 9;
  CHECK(plain(e) == "XfrmInNoStates  sa-unknown  netns 4026531840\n"
                    "    flow     src ? dst ? dev #9\n"
                    "    why      No SA has this SPI.\n"
                    "    advice   Ask the peer.\n"
                    "    site     xfrm_input+0x7ac [xfrm_interface]  cpu 3\n");
}

TEST_CASE("the flow that policies were looked up with is told where NAT has changed the packet since") {
  Event e = esp_event();
  e.packet->proto = "udp";
  e.packet->spi = {};
  e.looked_up = e.packet;
  e.looked_up->is_flow = true;
  e.looked_up->ifindex = 0;
  e.looked_up->ifname = {};
  e.looked_up->seq = e.looked_up->len = {};
  CHECK_FALSE(has(plain(e), "    flow  "));
  e.packet->dst = "172.17.0.2";
  CHECK(has(plain(e),
            "    flow     src 192.0.2.1 dst 192.0.2.2 proto udp mark 0xd00 (before NAT: policies are looked up "
            "with it)\n"));
}

TEST_CASE("a narrow terminal") {
  const std::string text = to_text(esp_event(), finding(), {.time = Time::none, .width = 64});
  CHECK(text == "XfrmInNoStates  sa-unknown  netns init\n"
                "    packet   src 192.0.2.1 dst 192.0.2.2 proto esp spi\n"
                "             0x00001003 seq 7 len 120 mark 0xd00 dev eth0\n"
                "    why      No SA has this SPI.\n"
                "    advice   Ask the peer.\n"
                "    site     xfrm_input+0x7ac  cpu 3\n");
  CHECK(first_line(to_text(esp_event(), finding(), {.time = Time::none, .width = 30})) == "XfrmInNoStates  sa-unknown");
}

TEST_CASE("a tombstone is shown where it is the cause") {
  Event e = esp_event();
  e.evidence.emplace();
  e.evidence->deleted.emplace();
  CHECK_FALSE(has(plain(e), "    deleted  "));
  CHECK(has(to_text(e, {"sa-deleted", "", "", {}}, {}), "    deleted  "));
}

TEST_CASE("causes stand below their counter") {
  Summary s = summary({.kernel = 5, .seen = 5});
  CauseCount c{s.netns[0].netns, XfrmInNoStates, "sa-deleted", 4, kTime, kTime + 3'000'000'000, 0, 0};
  s.causes.push_back(c);
  c.counter = XfrmOutNoStates;
  s.causes.push_back(c);
  CHECK(to_text(s, {.utc = true}) ==
        "netns init\n"
        "    XfrmInNoStates           5 counted, 5 seen, all with a cause\n"
        "        sa-deleted                  4  first 2026-11-22 15:03:46.001062Z  last 2026-11-22 15:03:49.001062Z\n"
        "complete: every increment of the kernel's counters was seen\n");
}

TEST_CASE("no escape codes without colour, and only there") {
  Summary s = summary({.kernel = 6, .seen = 5});
  CHECK_FALSE(any_control(plain(esp_event())));
  CHECK_FALSE(any_control(to_text(s, {})));
  CHECK(has(to_text(esp_event(), finding(), {.time = Time::none, .color = true}),
            "XfrmInNoStates  \x1b[1msa-unknown\x1b[0m  netns init"));
  CHECK(has(to_text(s, {.color = true}), "\x1b[1;31m6 counted, 5 seen, all with a cause: 1 MISSED\x1b[0m\n"));
}

TEST_CASE("names that others choose cannot drive the terminal") {
  Event e = esp_event();
  e.process = Process{1, "a\x1b]0;x\x07\r\nb\x7f"};
  e.packet->ifname = "e\x1b[2Jth";
  e.netns.name = "n\x1b[31ms\t";
  const std::string text = plain(e);
  CHECK_FALSE(any_control(text));
  CHECK(has(text, "  process a?]0;x???b?[1]\n"));
  CHECK(has(text, "dev e?[2Jth\n"));
  CHECK(has(text, "netns n?[31ms?\n"));
}

TEST_CASE("ports stand behind addresses, IPv6 in brackets") {
  Event e = esp_event();
  e.packet->sport = 4500;
  e.packet->dport = 500;
  CHECK(has(plain(e), "src 192.0.2.1:4500 dst 192.0.2.2:500 "));
  e.packet->src = "2001:db8::1";
  e.packet->dst = "fe80::2";
  CHECK(has(plain(e), "src [2001:db8::1]:4500 dst [fe80::2]:500 "));
  e.packet->sport = e.packet->dport = {};
  CHECK(has(plain(e), "src 2001:db8::1 dst fe80::2 "));
}

TEST_CASE("ESP in UDP says so") {
  Event e = esp_event();
  e.packet->encap = "udp";
  CHECK(has(plain(e), "proto esp in udp spi 0x00001003"));
}

TEST_CASE("times: absolute, in UTC, relative to the start, none") {
  setenv("TZ", "XST-5:30", 1);
  tzset();
  const Event e = esp_event();
  CHECK(first_line(to_text(e, finding(), {})) == "2026-11-22 20:33:46.001062  XfrmInNoStates  sa-unknown  netns init");
  CHECK(first_line(to_text(e, finding(), {.utc = true})) ==
        "2026-11-22 15:03:46.001062Z  XfrmInNoStates  sa-unknown  netns init");
  const TextStyle relative{.time = Time::relative, .start_mono_ns = 1'000'000'000};
  CHECK(first_line(to_text(e, finding(), relative)) == "+1.500000  XfrmInNoStates  sa-unknown  netns init");
  CHECK(first_line(to_text(e, finding(), {.time = Time::none})) == "XfrmInNoStates  sa-unknown  netns init");
  unsetenv("TZ");
  tzset();
}

TEST_CASE("the summary of a run that saw all") {
  CHECK(to_text(summary({.kernel = 5, .seen = 5}), {}) ==
        "netns init\n"
        "    XfrmInNoStates           5 counted, 5 seen, all with a cause\n"
        "complete: every increment of the kernel's counters was seen\n");
}

TEST_CASE("the summary says how many have no cause, and calls none explained that has none") {
  CHECK(to_text(summary({.kernel = 4, .seen = 4, .without_cause = 1}), {}) ==
        "netns init\n"
        "    XfrmInNoStates           4 counted, 4 seen, 1 without a cause\n"
        "complete: every increment of the kernel's counters was seen\n");
  CHECK(has(to_text(summary({.kernel = 4, .seen = 0, .filtered = 4}), {}), "4 counted, 0 seen, 4 filtered out\n"));
}

TEST_CASE("what was filtered out is told apart, and is not missed") {
  CHECK(to_text(summary({.kernel = 7, .seen = 5, .filtered = 2}), {}) ==
        "netns init\n"
        "    XfrmInNoStates           7 counted, 5 seen, all with a cause, 2 filtered out\n"
        "complete: every increment of the kernel's counters was seen\n");
  CHECK(has(to_text(summary({.kernel = 9, .seen = 5, .filtered = 2}), {}),
            "9 counted, 5 seen, all with a cause, 2 filtered out: 2 MISSED\n"));
}

TEST_CASE("what was missed is said") {
  CHECK(to_text(summary({.kernel = 7, .seen = 5}), {}) ==
        "netns init\n"
        "    XfrmInNoStates           7 counted, 5 seen, all with a cause: 2 MISSED\n"
        "INCOMPLETE: see above\n");
}

TEST_CASE("what was seen beyond what was counted differs; what could not be read is not called missed") {
  CHECK(has(to_text(summary({.kernel = 4, .seen = 5}), {}), "4 counted, 5 seen, all with a cause: DIFFERS\n"));
  CHECK(has(to_text(summary({.kernel = {}, .seen = 5}), {}), "could not be read, 5 seen, all with a cause: DIFFERS\n"));
}

TEST_CASE("a reading under traffic says how far it may be off") {
  CHECK(has(to_text(summary({.kernel = 7, .seen = 5, .uncertainty = 2}), {}),
            "7 counted, 5 seen, all with a cause (read under traffic, give or take 2)\n"));
  CHECK(has(to_text(summary({.kernel = 9, .seen = 5, .uncertainty = 2}), {}),
            "9 counted, 5 seen, all with a cause: 4 MISSED\n"));
}

TEST_CASE("the summary of a run without errors") {
  CHECK(to_text(Summary{}, {}) == "no error was counted, and no loss was seen\n"
                                  "complete: every increment of the kernel's counters was seen\n");
}

TEST_CASE("losses and problems are said in sentences") {
  Summary s;
  s.lost_ring = 3;
  s.lost_map_full = 4;
  s.lost_states = 5;
  s.lost_policies = 6;
  s.lost_tc = 7;
  s.lost_changes = 8;
  s.problems = {"no probe on xfrm_input+0x7ac (XfrmInNoStates): busy"};
  s.complete = false;
  CHECK(to_text(s, {}) ==
        "no error was counted, and no loss was seen\n"
        "3 events found the ring buffer full or busy; they are in the counts, not in lines of their own\n"
        "4 events found a map full; raise --max-errors\n"
        "states found no room in the mirror 5 times, what is said of them may lack; raise --max-states\n"
        "policies found no room in the mirror 6 times; raise --max-states\n"
        "7 times there was no room for what tc has\n"
        "8 changes found the ring buffer full and were not printed\n"
        "no probe on xfrm_input+0x7ac (XfrmInNoStates): busy\n"
        "INCOMPLETE: see above\n");
}
