// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rows of tc as tc prints them, and as JSON.
#include "../../user/attach/hooks.hpp"
#include "../../user/collect/tc_snapshot.hpp"
#include "../../user/decode/decode.hpp"
#include "../../user/decode/tc.hpp"
#include "../../user/render/tc_json.hpp"
#include "../../user/render/tc_text.hpp"
#include "rows.hpp"
#include "tree.hpp"

#include <arpa/inet.h>
#include <cstring>
#include <doctest/doctest.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

using namespace xs;
using xs::test::kClockOffset;

namespace {

constexpr uint64_t kSecond = 1'000'000'000;

actor by_tc(uint64_t ns, uint8_t how = HOW_NETLINK) {
  actor h{};
  h.ns = ns;
  h.how = how;
  h.pid = 4711;
  h.in_process = 1;
  std::strcpy(h.comm, "tc");
  return h;
}

tc_program cls_bpf() {
  tc_program p{};
  p.what = TC_FILTER;
  p.parent = TC_INGRESS;
  p.handle = 1;
  p.prio = 7;
  p.protocol = htons(ETH_P_ALL);
  p.prog_id = 77;
  p.flags = TC_HAS_HANDLE | TC_HAS_PROG | TC_DIRECT;
  std::strcpy(p.kind, "bpf");
  std::strcpy(p.name, "cil_from_netdev");
  const uint8_t tag[] = {0x3b, 0x18, 0x51, 0x87, 0xf1, 0x85, 0x5c, 0x4c};
  std::memcpy(p.tag, tag, sizeof(tag));
  return p;
}

tc_program tcx(uint8_t position) {
  tc_program p = cls_bpf();
  p.what = TC_TCX;
  p.flags = TC_HAS_PROG | TC_HAS_LINK;
  p.link_id = 5;
  p.prio = 0;
  p.position = position;
  p.object = position + 1u;
  std::strcpy(p.kind, "tcx");
  return p;
}

tc_row row_of(const tc_program& p) {
  tc_row r{};
  r.netns = 4026531840;
  r.dev = 1;
  r.ifindex = 2;
  std::strcpy(r.ifname, "eth0");
  r.program = p;
  r.added = by_tc(2 * kSecond);
  return r;
}

tc_program qdisc(const char* kind, uint32_t handle, uint32_t parent) {
  tc_program p{};
  p.what = TC_QDISC;
  p.flags = TC_HAS_HANDLE;
  p.handle = handle;
  p.parent = parent;
  std::strcpy(p.kind, kind);
  return p;
}

std::string words(const tc_program& p) {
  return tc_words(decode_tc(row_of(p), kClockOffset));
}

error_record error_at(uint64_t ns) {
  error_record e{};
  e.header.mono_ns = ns;
  e.tc_known = TC_FOUND;
  return e;
}

} // namespace

TEST_CASE("filters, qdiscs and programs are worded as tc words them") {
  CHECK(words(cls_bpf()) == "filter dev eth0 ingress protocol all pref 7 bpf chain 0 handle 0x1 direct-action id 77 "
                            "name cil_from_netdev tag 3b185187f1855c4c");
  CHECK(words(tcx(3)) == "tcx dev eth0 ingress pos 3 id 77 name cil_from_netdev tag 3b185187f1855c4c link 5");
  CHECK(words(qdisc("clsact", 0xffff0000, 0xfffffff1)) == "qdisc clsact ffff: dev eth0 parent ffff:fff1");
  CHECK(words(qdisc("fq_codel", 0, 0xffffffff)) == "qdisc fq_codel 0: dev eth0 root");
  tc_program u32 = cls_bpf();
  u32.parent = 0x10000;
  u32.flags = TC_HAS_HANDLE;
  u32.handle = 0x80000800;
  u32.protocol = htons(ETH_P_IP);
  std::strcpy(u32.kind, "u32");
  CHECK(words(u32) == "filter dev eth0 parent 1: protocol ip pref 7 u32 chain 0 fh 800::800");
}

TEST_CASE("a filter of a shared block has no device") {
  tc_row row = row_of(cls_bpf());
  row.ifindex = TC_BLOCK_DEVICE;
  row.program.parent = 12;
  const TcObject object = decode_tc(row, kClockOffset);
  CHECK_FALSE(object.dev);
  CHECK(object.item.parent == "block 12");
  CHECK(tree(to_json(object))["direction"] == nullptr);
}

TEST_CASE("an event's programs come in the order in which they run") {
  error_record e = error_at(10 * kSecond);
  e.tc.count = 4;
  e.tc.slot[0] = {cls_bpf(), 0};
  e.tc.slot[3] = {tcx(1), 3 * kSecond};
  e.tc.slot[5] = {tcx(0), 4 * kSecond};
  const auto point = decode_tc_point(e, kClockOffset);
  REQUIRE(point);
  REQUIRE(point->present.size() == 3);
  CHECK(point->present[0].since_mono_ns == 4 * kSecond);
  CHECK(point->present[1].item.position == 1);
  CHECK(point->present[2].item.kind == "bpf");
  CHECK_FALSE(point->present[2].since_real_ns);
  CHECK(point->unnamed == 1);
}

TEST_CASE("what went from the packet's device is told with when and by whom, the latest first") {
  error_record e = error_at(2 * kSecond);
  e.tc.tombstones = 5;
  e.tc.tombstone[0] = {cls_bpf(), kSecond, by_tc(2 * kSecond - 3'000'000, HOW_QDISC)};
  e.tc.tombstone[3] = {tcx(0), 0, by_tc(kSecond)};
  e.tc.last = cls_bpf();
  e.tc.last_op = CHANGE_DELETE;
  e.tc.last_by = e.tc.tombstone[0].removed;
  Event event;
  event.mono_ns = 2 * kSecond;
  event.packet.emplace().ifname = "eth0";
  event.tc = decode_tc_point(e, kClockOffset);
  Json json = Json::object();
  put_tc(json, event);
  const Tree out = tree(json);
  REQUIRE(out["tc"].size() == 4);
  CHECK(out["tc"][0]["ifname"] == "eth0");
  CHECK(out["tc"][0]["prog"]["name"] == "cil_from_netdev");
  CHECK(out["tc"][0]["removed"]["ago_ms"] == 3);
  CHECK(out["tc"][0]["removed"]["by"] == Tree{{"pid", 4711}, {"comm", "tc"}});
  CHECK(out["tc"][0]["removed"]["how"] == "qdisc");
  CHECK(out["tc"][1]["kind"] == "tcx");
  CHECK(out["tc_change"]["op"] == "delete");
  CHECK(tc_text(*event.tc, event.mono_ns, {}).find("removed 3 ms before by tc[4711] (qdisc)") != std::string::npos);
}

TEST_CASE("without a look at tc, an event says nothing of it") {
  error_record e = error_at(kSecond);
  e.tc_known = TC_UNKNOWN;
  CHECK_FALSE(decode_tc_point(e, 0));
  e.tc_known = TC_NONE;
  e.output = 1;
  REQUIRE(decode_tc_point(e, 0));
  CHECK(decode_tc_point(e, 0)->direction == "egress");
  CHECK(decode_tc_point(e, 0)->present.empty());
}

TEST_CASE("an error record cut before its tc part is none") {
  error_record e = error_at(kSecond);
  e.header.kind = RECORD_ERROR;
  const std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(&e), sizeof(e));
  CHECK(std::holds_alternative<error_record>(decode(bytes.first(offsetof(error_record, stack)))));
  CHECK(std::holds_alternative<std::monostate>(decode(bytes.first(offsetof(error_record, stack) - 1))));
}

TEST_CASE("filters can be where qdiscs and classes are") {
  struct {
    nlmsghdr header;
    tcmsg tc;
  } message{};
  const std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(&message), sizeof(message));
  message.header.nlmsg_type = RTM_NEWQDISC;
  message.tc.tcm_ifindex = 3;
  message.tc.tcm_handle = 0xffff0000;
  message.tc.tcm_parent = TC_H_INGRESS;
  CHECK(places_in(bytes) == std::vector<TcPlace>{{3, TC_INGRESS}, {3, TC_EGRESS}});
  message.tc.tcm_parent = TC_H_ROOT;
  message.tc.tcm_handle = 0x10000;
  CHECK(places_in(bytes) == std::vector<TcPlace>{{3, 0x10000}});
  message.tc.tcm_parent = 0x10001; // of a multiqueue device: nothing can be attached there
  message.tc.tcm_handle = 0;
  CHECK(places_in(bytes).empty());
  CHECK(places_in(bytes.first(20)).empty());
}

TEST_CASE("a kernel that lacks a function says which part of tc's mirror it does without") {
  std::vector<std::string> lacks;
  for (const Hook& hook : plan_hooks(SymbolTable{}, {}, {}, Preemption::nowhere))
    if (hook.spec->part == MirrorPart::tc) lacks.push_back(hook_problem(hook));
  CHECK(lacks.size() == tc_hook_specs().size());
  CHECK(lacks.front() == ""); // what calls it is hooked then
  CHECK(std::ranges::count(lacks, "the mirror of tc is incomplete: this kernel has no function tc_new_tfilter, which "
                                  "tells of filters that the other hooks miss") == 1);
  CHECK(lacks.back() == ""); // kernels before netkit have nothing to tell of it
}
