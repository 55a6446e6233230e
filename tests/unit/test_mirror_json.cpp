// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// States, policies and changes as scripts read them, character by character.
#include "../../user/decode/mirror.hpp"
#include "../../user/render/mirror_json.hpp"
#include "rows.hpp"
#include "tree.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

constexpr const char* kState =
    R"({"src":"10.0.0.1","dst":"10.0.0.2","proto":"esp","spi":"0x00000055","reqid":1,"mode":"transport",)"
    R"-("mark":"0x0/0x0","if_id":"0x0","alg":"rfc4106(gcm(aes))",)-"
    R"-("crypto":{"kind":"aead","name":"rfc4106(gcm(aes))","key_bits":160,"icv_bits":128},"auth":null,)-"
    R"("km_state":"valid","dying":false,)"
    R"("replay":{"window":32,"seq":0,"oseq":0,"esn":false,"seq_hi":null,"oseq_hi":null,"bitmap":null},)"
    R"("lifetime":{"soft":{"bytes":null,"packets":null,"add_s":null,"use_s":null},)"
    R"("hard":{"bytes":null,"packets":null,"add_s":null,"use_s":null},"bytes":0,"packets":0,)"
    R"("added":"2026-11-22T15:00:00Z","used":null},)"
    R"("stats":{"replay_window":0,"replay":0,"integrity_failed":0},"last_used":null,"dir":null,"flags":[],)"
    R"("extra_flags":[],"output_mark":null,"encap":null,"coa":null,"offload":null,"tfcpad":0,"pcpu":null,)"
    R"("nat_keepalive_s":null,"security_context":false,)"
    R"("sel":{"src":"0.0.0.0/0","dst":"0.0.0.0/0","proto":null,"sport":null,"dport":null,"type":null,"code":null,)"
    R"("key":null,"sport_mask":"0x0","dport_mask":"0x0","ifindex":null,"ifname":null,"uid":0},)"
    R"("added":"2026-11-22T15:00:00.000000000Z","added_by":{"pid":4711,"comm":"ip"},"added_how":"netlink",)"
    R"("changed":null})";

constexpr const char* kPolicy =
    R"({"src":"10.0.0.1/32","dst":"10.0.0.2/32","proto":"icmp","sport":null,"dport":null,"type":null,"code":null,)"
    R"("key":null,"sport_mask":"0x0","dport_mask":"0x0","ifindex":null,"ifname":null,"uid":0,"dir":"out",)"
    R"("socket":false,"action":"allow","priority":0,"index":1,"ptype":"main","flags":[],"mark":"0x0/0x0",)"
    R"("if_id":"0x0","templates":[{"src":"0.0.0.0","dst":"0.0.0.0","proto":"esp","spi":null,"reqid":1,)"
    R"("mode":"transport","level":"required","share":"any","enc_mask":"0xffffffff","auth_mask":"0xffffffff",)"
    R"("comp_mask":"0xffffffff"}],"offload":null,"security_context":false,)"
    R"("lifetime":{"soft":{"bytes":null,"packets":null,"add_s":null,"use_s":null},)"
    R"("hard":{"bytes":null,"packets":null,"add_s":null,"use_s":null},"bytes":0,"packets":0,)"
    R"("added":"2026-11-22T15:00:00Z","used":null},"added":"2026-11-22T15:00:00.000000000Z",)"
    R"("added_by":{"pid":4711,"comm":"ip"},"added_how":"netlink","changed":null})";

Json json(const state_row& row) {
  return to_json(decode_state(row, kClockOffset));
}

Json json(const policy_row& row) {
  return to_json(decode_policy(row, kClockOffset));
}

Tree parsed(const Event& e) {
  return tree(to_json(e, {}));
}

} // namespace

TEST_CASE("a state") {
  CHECK(json(gcm()).dump() == kState);
}

TEST_CASE("a policy") {
  CHECK(json(icmp_out()).dump() == kPolicy);
}

TEST_CASE("marks, flags, limits, ports and the algorithm of AH") {
  state_row row = gcm();
  row.mark = 0xd00;
  row.mark_mask = 0xf00;
  row.if_id = 42;
  row.set_mark = 5;
  row.set_mark_mask = 0xff;
  row.flags = XFRM_STATE_NOECN | XFRM_STATE_ESN;
  row.limits.soft_bytes = 7;
  row.limits.hard_add_s = 9;
  row.proto = 51;
  row.algorithm[0] = {};
  row.algorithm[1] = alg(ALGORITHM_AUTH, "hmac(sha1)", 160, 96);
  row.sel.proto = 6;
  row.sel.dport = htons(443);
  row.sel.dport_mask = 0xffff;
  const Tree out = tree(json(row));
  CHECK(out["mark"] == "0xd00/0xf00");
  CHECK(out["if_id"] == "0x2a");
  CHECK(out["output_mark"] == "0x5/0xff");
  CHECK(out["flags"].dump() == R"(["noecn","esn"])");
  CHECK(out["lifetime"]["soft"]["bytes"] == 7);
  CHECK(out["lifetime"]["hard"]["add_s"] == 9);
  CHECK(out["alg"] == "hmac(sha1)");
  CHECK(out["crypto"].is_null());
  CHECK(out["auth"].dump() == R"-({"kind":"auth-trunc","name":"hmac(sha1)","key_bits":160,"icv_bits":96})-");
  CHECK(out["sel"]["proto"] == "tcp");
  CHECK(out["sel"]["dport"] == 443);
  CHECK(out["sel"]["sport"].is_null());
}

TEST_CASE("encapsulation, care-of address, offload, CPU, direction") {
  state_row row = gcm();
  row.has = STATE_HAS_ENCAP | STATE_HAS_COADDR | STATE_HAS_OFFLOAD | STATE_HAS_PCPU | STATE_HAS_SECURITY;
  row.encap_type = 7;
  row.encap_sport = htons(4500);
  row.encap_dport = htons(4501);
  row.max_age = 20;
  row.nat_keepalive = 30;
  row.pcpu = 3;
  row.offload_ifindex = 4;
  row.offload_dir = 1;
  row.direction = STATE_DIR_OUT;
  const Tree out = tree(json(row));
  CHECK(out["encap"].dump() == R"({"type":"espintcp","sport":4500,"dport":4501,"addr":"0.0.0.0","max_age_s":20})");
  CHECK(out["coa"] == "0.0.0.0");
  CHECK(out["offload"].dump() == R"({"ifindex":4,"ifname":null,"dir":"in","mode":"crypto"})");
  CHECK(out["pcpu"] == 3);
  CHECK(out["nat_keepalive_s"] == 30);
  CHECK(out["security_context"] == true);
  CHECK(out["dir"] == "out");
}

TEST_CASE("what could not be read is null, never 0") {
  state_row row = gcm();
  row.live.read_ns = 0;
  row.added = by(nullptr, 0, 0, HOW_DUMPED);
  const Tree out = tree(json(row));
  for (const char* field : {"km_state", "dying", "stats", "added", "added_by"})
    CHECK(out[field].is_null());
  CHECK(out["replay"].dump() ==
        R"({"window":32,"seq":null,"oseq":null,"esn":false,"seq_hi":null,"oseq_hi":null,"bitmap":null})");
  for (const char* field : {"bytes", "packets", "added", "used"})
    CHECK(out["lifetime"][field].is_null());
  CHECK(out["added_how"] == "listed");
  row.family = 0;
  CHECK(tree(json(row))["src"].is_null());
}

TEST_CASE("a state from before the mirror was added when the kernel says") {
  state_row row = gcm();
  row.added = by(nullptr, 0, 77, HOW_DUMPED);
  CHECK(tree(json(row))["added"] == "2026-11-22T15:00:00Z");
  row.live.used.added_s = 1ull << 62; // no calendar has it
  CHECK(tree(json(row))["added"].is_null());
}

TEST_CASE("extended numbers and the bitmap") {
  state_reading r{gcm(), {1, 0xff}};
  r.row.has = STATE_HAS_ESN;
  r.row.bitmap_words = 2;
  r.row.live.seq_hi = 1;
  CHECK(tree(to_json(decode_reading(r, 0)))["replay"].dump() ==
        R"({"window":32,"seq":0,"oseq":0,"esn":true,"seq_hi":1,"oseq_hi":0,"bitmap":["0x00000001","0x000000ff"]})");
}

TEST_CASE("a deleted state") {
  state_row row = gcm();
  row.removed = by("cilium-agent", 3123, 600'000'000'000, HOW_NETLINK);
  CHECK(deleted_json(decode_state(row, kClockOffset), 1'558'000'999'999).dump() ==
        std::string(R"({"state":)") + kState +
            R"(,"ts":"2026-11-22T15:00:00.000000000Z","ago_ms":958000,"by":{"pid":3123,"comm":"cilium-agent"},)"
            R"("how":"netlink"})");
  CHECK(tree(deleted_json(decode_state(row, kClockOffset), 1))["ago_ms"] == 0); // seen a moment later than it happened
  row.removed = by(nullptr, 0, 0, HOW_NETNS_EXIT);
  const Tree out = tree(deleted_json(decode_state(row, 0), 1));
  for (const char* field : {"ts", "ago_ms", "by"})
    CHECK(out[field].is_null());
  CHECK(out["how"] == "netns-exit");
}

TEST_CASE("every way in which something was done has its word") {
  const std::pair<uint8_t, Tree> hows[] = {
      {HOW_UNKNOWN, nullptr},     {HOW_DUMPED, "listed"},         {HOW_NETLINK, "netlink"},
      {HOW_ACQUIRE, "acquire"},   {HOW_FLUSH, "flush"},           {HOW_TIMER, "timer"},
      {HOW_REPLACED, "replaced"}, {HOW_NETNS_EXIT, "netns-exit"}, {99, nullptr}};
  for (const auto& [how, word] : hows) {
    state_row row = gcm();
    row.added.how = how;
    CHECK(tree(json(row))["added_how"] == word);
  }
}

TEST_CASE("the lines of changes") {
  state_change_record s{};
  s.header.mono_ns = 600'000'000'001;
  s.change = {.op = CHANGE_ADD, .hard = 0, .by = by("ip", 4711, 600'000'000'000, HOW_NETLINK)};
  s.state = gcm();
  CHECK(line(to_json(decode_change(s, kClockOffset))) ==
        std::string(R"({"v":1,"type":"change","what":"state","op":"add","ts":"2026-11-22T15:00:00.000000001Z",)"
                    R"("mono_ns":600000000001,"netns":{"inum":4026532000,"name":null},)"
                    R"("by":{"pid":4711,"comm":"ip"},"how":"netlink","hard":null,"state":)") +
            kState + "}\n");
  s.change = {.op = CHANGE_EXPIRE, .hard = 0, .by = by(nullptr, 0, 1, HOW_TIMER)};
  const Tree expired = tree(to_json(decode_change(s, 0)));
  CHECK(expired["op"] == "expire");
  CHECK(expired["hard"] == false);
  CHECK(expired["by"].is_null());
  policy_change_record p{};
  p.header.mono_ns = 600'000'000'000;
  p.change = {.op = CHANGE_DELETE, .hard = 0, .by = by("ip", 4711, 1, HOW_FLUSH)};
  p.policy = icmp_out();
  CHECK(line(to_json(decode_change(p, kClockOffset))) ==
        std::string(R"({"v":1,"type":"change","what":"policy","op":"delete","ts":"2026-11-22T15:00:00.000000000Z",)"
                    R"("mono_ns":600000000000,"netns":{"inum":4026532000,"name":null},)"
                    R"("by":{"pid":4711,"comm":"ip"},"how":"flush","hard":null,"policy":)") +
            kPolicy + "}\n");
}

TEST_CASE("the line of changed default policies") {
  defaults_record d{};
  d.header.mono_ns = 600'000'000'000;
  d.by = by("ip", 5, 600'000'000'000, HOW_NETLINK);
  d.netns = 7;
  d.in = d.out = 2;
  d.fwd = 1;
  CHECK(line(to_json(decode_defaults(d, kClockOffset))) ==
        R"({"v":1,"type":"change","what":"policy","op":"update","ts":"2026-11-22T15:00:00.000000000Z",)"
        R"("mono_ns":600000000000,"netns":{"inum":7,"name":null},"by":{"pid":5,"comm":"ip"},"how":"netlink",)"
        R"("default":{"in":"accept","fwd":"block","out":"accept"}})"
        "\n");
}

TEST_CASE("the lines of show") {
  state_row row = gcm();
  CHECK(show_json(decode_state(row, kClockOffset)).dump() ==
        std::string(R"({"v":1,"type":"state","netns":{"inum":4026532000,"name":null},"state":)") + kState + "}");
  CHECK(show_json(decode_policy(icmp_out(), kClockOffset)).dump() ==
        std::string(R"({"v":1,"type":"policy","netns":{"inum":4026532000,"name":null},"policy":)") + kPolicy + "}");
  row.removed = by("ip", 5, 7, HOW_NETLINK);
  const Tree out = tree(show_deleted_json(decode_state(row, 0), 8));
  CHECK(out["type"] == "deleted");
  CHECK(out["netns"]["inum"] == 4026532000);
  CHECK(out["deleted"]["by"]["pid"] == 5);
}

TEST_CASE("the line of an error with evidence") {
  evidence e{};
  e.match = MATCH_NEAREST;
  e.has = EVIDENCE_STATE | EVIDENCE_DELETED | EVIDENCE_POLICY | EVIDENCE_TEMPLATE;
  e.want_family = AF_INET;
  set_address(e.want_daddr, AF_INET, "10.0.0.2");
  e.secpath_at = NOT_IN_SECPATH;
  e.differs = DIFFERS_DADDR | DIFFERS_MARK;
  e.state = gcm();
  e.deleted = gcm();
  e.deleted.spi = htonl(3);
  e.deleted.removed = by("ip", 5, 1'000'000'000, HOW_NETLINK);
  e.policy = icmp_out();
  Event event;
  event.mono_ns = 3'500'000'000;
  event.evidence = decode_evidence(e, kClockOffset);
  const Tree out = parsed(event);
  CHECK(out["match"] == "nearest");
  CHECK(out["differs"].dump() == R"(["mark","daddr"])");
  CHECK(out["state"] == Tree::parse(kState));
  CHECK(out["deleted"]["state"]["spi"] == "0x00000003");
  CHECK(out["deleted"]["ago_ms"] == 2500);
  CHECK(out["policy"]["dir"] == "out");
  CHECK(out["policy"]["template_at"] == 0);
  CHECK(out["policy"]["secpath_at"].is_null());
  CHECK(out["policy"]["wanted"].dump() == R"({"src":null,"dst":"10.0.0.2"})");
  CHECK(out["other_policy"].is_null());
  CHECK(out["near_policy"].is_null());
  event.evidence->other_policy = event.evidence->policy;
  event.evidence->other_policy->type = "sub";
  const Tree joined = parsed(event);
  CHECK(joined["other_policy"]["ptype"] == "sub");
  CHECK(joined["other_policy"]["dir"] == "out");
  CHECK(joined["policy"]["ptype"] == "main");
}

TEST_CASE("a match without a difference is an empty list, an unknown one is null") {
  Event event;
  event.evidence.emplace();
  event.evidence->match = Match::held;
  CHECK(parsed(event)["match"] == "held");
  CHECK(parsed(event)["differs"].dump() == "[]");
  CHECK(parsed(event)["state"].is_null());
  event.evidence->match = Match::exact;
  CHECK(parsed(event)["match"] == "exact");
  event.evidence->match = Match::none;
  CHECK(parsed(event)["match"] == "none");
  event.evidence->match = Match::unknown;
  CHECK(parsed(event)["match"].is_null());
  CHECK(parsed(event)["differs"].is_null());
}
