// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The JSON lines that scripts rely on, character by character.
#include "../../user/render/json.hpp"

#include "../../bpf/counters.h"
#include "tree.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace xs;

namespace {

const Finding kFinding{"sa-unknown", "No SA.", "Ask.", {"the policy"}};

constexpr int64_t kTime = 1795359826'261062368; // 2026-11-22 15:03:46.261062368 UTC

Event esp_event() {
  Event e;
  e.real_ns = kTime;
  e.mono_ns = 1300131558595;
  e.counter = XfrmInNoStates;
  e.n = 1;
  e.cpu = 3;
  e.site = SiteRef{"xfrm_input", 1964, ""};
  e.netns = {4026531840, "init"};
  PacketInfo p;
  p.src = "192.168.112.29";
  p.dst = "192.168.139.255";
  p.proto = "esp";
  p.spi = 3;
  p.seq = 3;
  p.len = 120;
  p.mark = 0xd00;
  p.ifindex = 2;
  p.ifname = "eth0";
  e.packet = p;
  return e;
}

NetnsResult results(const char* name, std::map<uint8_t, CounterResult> counters) {
  NetnsResult out;
  out.netns.inum = 4026531840;
  if (name) out.netns.name = name;
  out.counters = std::move(counters);
  return out;
}

Tree parsed(const Event& e) {
  return tree(to_json(e, kFinding));
}

} // namespace

TEST_CASE("the ready line") {
  CHECK(
      line(to_json(Ready{"6.12.95", 59, 58, 25, 24, 2, 4, 6, 7, 412})) ==
      R"({"v":1,"type":"ready","kernel":"6.12.95","sites":{"found":59,"attached":58},"loss_sites":{"found":25,"attached":24},"netns":2,"states":4,)"
      R"("policies":6,"tc":7,"elapsed_ms":412})"
      "\n");
}

TEST_CASE("the line of an error on a packet") {
  CHECK(
      line(to_json(esp_event(), kFinding)) ==
      R"({"v":1,"type":"error","ts":"2026-11-22T15:03:46.261062368Z","mono_ns":1300131558595,)"
      R"("counter":"XfrmInNoStates","n":1,"packets":null,"direction":"in","cpu":3,)"
      R"("site":{"function":"xfrm_input","offset":1964,"module":null},)"
      R"("netns":{"inum":4026531840,"name":"init"},)"
      R"("packet":{"src":"192.168.112.29","dst":"192.168.139.255","proto":"esp","encap":null,"spi":"0x00000003",)"
      R"("seq":3,"len":120,"mark":"0xd00","ifindex":2,"ifname":"eth0","sport":null,"dport":null,)"
      R"("icmp_type":null,"icmp_code":null,"flow":false},"looked_up":null,"process":null,"match":null,"differs":null,)"
      R"("state":null,"deleted":null,"policy":null,"other_policy":null,"near_policy":null,"tc":null,"tc_change":null,)"
      R"("evidence":null,"cause":"sa-unknown","why":"No SA.","advice":"Ask.","missing":["the policy"]})"
      "\n");
}

TEST_CASE("the line of an error of which nothing else is known says null, never 0") {
  Event e;
  e.counter = XfrmOutNoStates;
  e.n = 1000000;
  CHECK(
      line(to_json(e, kFinding)) ==
      R"({"v":1,"type":"error","ts":"1970-01-01T00:00:00.000000000Z","mono_ns":0,"counter":"XfrmOutNoStates",)"
      R"("n":1000000,"packets":null,"direction":"out","cpu":null,"site":null,"netns":{"inum":null,"name":null},"packet":null,)"
      R"("looked_up":null,"process":null,"match":null,"differs":null,"state":null,"deleted":null,"policy":null,)"
      R"("other_policy":null,"near_policy":null,"tc":null,"tc_change":null,)"
      R"("evidence":null,"cause":"sa-unknown","why":"No SA.","advice":"Ask.","missing":["the policy"]})"
      "\n");
}

TEST_CASE("the line of an error on a flow, in a process, in a module") {
  Event e = esp_event();
  PacketInfo p;
  p.is_flow = true;
  p.src = "2001:db8::1";
  p.dst = "2001:db8::2";
  p.proto = "udp";
  p.mark = 0;
  p.sport = 9;
  p.dport = 65535;
  e.packet = p;
  e.process = Process{3123, "cilium-agent"};
  e.site->module = "xfrm_interface";
  const Tree out = parsed(e);
  CHECK(out["packet"].dump() ==
        R"({"src":"2001:db8::1","dst":"2001:db8::2","proto":"udp","encap":null,"spi":null,"seq":null,"len":null,)"
        R"("mark":"0x0","ifindex":null,"ifname":null,"sport":9,"dport":65535,"icmp_type":null,)"
        R"("icmp_code":null,"flow":true})");
  CHECK(out["process"].dump() == R"({"pid":3123,"comm":"cilium-agent"})");
  CHECK(out["site"]["module"] == "xfrm_interface");
}

TEST_CASE("a packet of which only the interface is known is not null, its unknown fields are") {
  Event e = esp_event();
  e.packet = PacketInfo{};
  e.packet->ifindex = 4;
  const Tree packet = parsed(e)["packet"];
  CHECK(packet["ifindex"] == 4);
  for (const char* field : {"src", "dst", "proto", "encap", "spi", "seq", "len", "mark", "ifname", "sport", "dport"})
    CHECK(packet[field].is_null());
}

TEST_CASE("the stack is there only where it was asked for, innermost first") {
  Event e = esp_event();
  CHECK_FALSE(parsed(e).contains("stack"));
  e.stack = {"xfrm_input+0x7ac", "xfrm4_rcv_encap+0x5e"};
  CHECK(parsed(e)["stack"].dump() == R"(["xfrm_input+0x7ac","xfrm4_rcv_encap+0x5e"])");
}

TEST_CASE("a process' name that is not UTF-8 keeps its line one of valid JSON") {
  Event e = esp_event();
  e.process = Process{1, "a\xff\x1b[31m\nb\"\\"};
  const std::string text = line(to_json(e, kFinding));
  CHECK(text.find(R"("comm":"a�\u001b[31m\nb\"\\")") != text.npos);
  CHECK(std::ranges::count(text, '\n') == 1);
  CHECK(text.back() == '\n');
  CHECK(parsed(e)["process"]["comm"] == "a\xef\xbf\xbd\x1b[31m\nb\"\\");
}

TEST_CASE("SPIs have all eight digits") {
  CHECK(hex_spi(0) == "0x00000000");
  CHECK(hex_spi(3) == "0x00000003");
  CHECK(hex_spi(0xdeadbeef) == "0xdeadbeef");
}

TEST_CASE("times have nine digits behind the second, leading zeros too") {
  CHECK(iso_time(kTime) == "2026-11-22T15:03:46.261062368Z");
  CHECK(iso_time(1795359826'000000007) == "2026-11-22T15:03:46.000000007Z");
  CHECK(iso_time(1795359826'000000000) == "2026-11-22T15:03:46.000000000Z");
}

TEST_CASE("the summary of a run that saw all") {
  Summary s;
  s.netns.push_back(results("init", {{XfrmInNoStates, {.kernel = 5, .seen = 5}}}));
  CHECK(
      line(to_json(s)) ==
      R"({"v":1,"type":"summary","netns":[{"inum":4026531840,"name":"init","counters":{"XfrmInNoStates":)"
      R"({"kernel":5,"seen":5,"without_cause":0}},"losses":{}}],"causes":[],"lost":{"ring":0,"map_full":0,"states":0,"policies":0,"tc":0,"changes":0},"problems":[],"complete":true})"
      "\n");
}

TEST_CASE("the summary of a run with a filter tells what it left out, where it left anything out") {
  Summary s;
  s.netns.push_back(results("init", {{XfrmInNoStates, {.kernel = 5, .seen = 3, .filtered = 2}}}));
  CHECK(tree(to_json(s))["netns"][0]["counters"].dump() ==
        R"({"XfrmInNoStates":{"kernel":5,"seen":3,"without_cause":0,"filtered":2}})");
}

TEST_CASE("the summary tells how many of those that were seen have no cause") {
  Summary s;
  s.netns.push_back(results("init", {{XfrmInNoStates, {.kernel = 5, .seen = 5, .without_cause = 2}}}));
  CHECK(tree(to_json(s))["netns"][0]["counters"].dump() ==
        R"({"XfrmInNoStates":{"kernel":5,"seen":5,"without_cause":2}})");
}

TEST_CASE("the summary of a run that missed something") {
  Summary s;
  s.netns.push_back(results(nullptr, {{XfrmInNoStates, {.kernel = 5, .seen = 4}},
                                      {XfrmOutNoStates, {.kernel = {}, .seen = 2}},
                                      {XfrmOutPolBlock, {.kernel = 9, .seen = 8, .uncertainty = 1}}}));
  s.lost_ring = 12;
  s.lost_map_full = 3;
  s.problems = {"no probe on xfrm_input+0x7ac (XfrmInNoStates): busy"};
  s.complete = false;
  CHECK(
      line(to_json(s)) ==
      R"({"v":1,"type":"summary","netns":[{"inum":4026531840,"name":null,"counters":{)"
      R"("XfrmInNoStates":{"kernel":5,"seen":4,"without_cause":0},"XfrmOutNoStates":{"kernel":null,"seen":2,"without_cause":0},)"
      R"("XfrmOutPolBlock":{"kernel":9,"seen":8,"without_cause":0,"uncertain":1}},"losses":{}}],"causes":[],"lost":{"ring":12,"map_full":3,"states":0,"policies":0,"tc":0,"changes":0},)"
      R"("problems":["no probe on xfrm_input+0x7ac (XfrmInNoStates): busy"],"complete":false})"
      "\n");
}

TEST_CASE("the summary of a run without errors lists no netns") {
  CHECK(tree(to_json(Summary{}))["netns"].dump() == "[]");
}

TEST_CASE("a counter that is newer than the list is named by its number") {
  Event e = esp_event();
  e.counter = 47;
  CHECK(parsed(e)["counter"] == "Counter47");
}

TEST_CASE("packet_evidence, and what is not known of them") {
  Event e = esp_event();
  e.packet_evidence.emplace();
  CHECK(
      parsed(e)["evidence"].dump() ==
      R"({"secpath":null,"integrity_failed":null,"replay_seen":null,"size":null,"df":null,"routed":null,)"
      R"("inner_proto":null,"errno":null,"transform":null,"ikey":null,"link":null,"policy_dir":null,"device_addresses":null,"default_policy":null})");
  e.packet_evidence->secpath = {{"10.0.0.1", "10.0.0.2", "esp", 0x101, 1, 7, "tunnel", 4026531840}};
  e.packet_evidence->integrity = IntegrityFailures{4, 5};
  e.packet_evidence->replay_seen = false;
  e.packet_evidence->size = PacketSize{1446, 1500, 0};
  e.packet_evidence->df = true;
  e.packet_evidence->routed = true;
  e.packet_evidence->inner_name = "udp";
  e.packet_evidence->error = 90;
  e.packet_evidence->defaults = DefaultPolicies{"block", "accept", "accept"};
  CHECK(parsed(e)["evidence"].dump() ==
        R"({"secpath":[{"src":"10.0.0.1","dst":"10.0.0.2","proto":"esp","spi":"0x00000101","reqid":1,"mode":"tunnel",)"
        R"("if_id":"0x7","netns":4026531840}],"integrity_failed":{"before":4,"after":5},"replay_seen":false,)"
        R"("size":{"mtu":1446,"len":1500,"gso_size":null,"gso_segs":null},"df":true,"routed":true,"inner_proto":"udp",)"
        R"("errno":90,"transform":null,"ikey":null,"link":null,"policy_dir":null,"device_addresses":null,)"
        R"("default_policy":{"in":"block","fwd":"accept","out":"accept"}})");
}
