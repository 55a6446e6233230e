// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Makes events for tests of rules.
#pragma once

#include "../../user/diagnose/diagnose.hpp"

namespace xs::test {

inline constexpr int64_t kNow = 1795359826'000000000; // 2026-11-22 15:03:46 UTC
inline constexpr uint64_t kNowMono = 100'000'000'000;
inline constexpr uint32_t kHere = 4026532000, kThere = 4026532111; // inode numbers of netns

inline Event event(uint8_t counter, const char* function) {
  Event e;
  e.counter = counter;
  e.real_ns = kNow;
  e.mono_ns = kNowMono;
  e.n = 1;
  e.site = SiteRef{function, 0x40, ""};
  e.netns = {kHere, "b"};
  return e;
}

inline PacketInfo esp(uint32_t spi, uint32_t seq) {
  PacketInfo p;
  p.src = "10.0.0.1";
  p.dst = "10.0.0.2";
  p.proto = "esp";
  p.spi = spi;
  p.seq = seq;
  p.len = 120;
  p.mark = 0x20;
  p.ifname = "vb";
  return p;
}

inline PacketInfo udp() {
  PacketInfo p;
  p.src = "10.0.0.1";
  p.dst = "10.0.0.2";
  p.proto = "udp";
  p.sport = 1000;
  p.dport = 9;
  return p;
}

inline State sa() {
  State s;
  s.netns = {kHere, "b"};
  s.src = "10.0.0.1";
  s.dst = "10.0.0.2";
  s.proto = "esp";
  s.spi = 0x101;
  s.reqid = 1;
  s.mode = "transport";
  s.crypto = Algorithm{"aead", "rfc4106(gcm(aes))", 160, 128};
  s.window = 32;
  s.live.emplace();
  s.live->km_state = "valid";
  return s;
}

inline Actor by_ip(How how, uint64_t ago_ns = 100'000'000) {
  return {how, kNowMono - ago_ns, kNow - static_cast<int64_t>(ago_ns), Process{301, "ip"}};
}

inline State gone(How how) {
  State s = sa();
  s.removed = by_ip(how);
  if (how == How::timer) s.removed->by = {};
  return s;
}

inline Evidence found(Match match, Boxed<State> state = {}, std::vector<std::string> differs = {}) {
  Evidence out;
  out.match = match;
  out.state = std::move(state);
  out.differs = std::move(differs);
  return out;
}

// A packet that the check of policies refused, whichever that is.
inline Event checked(uint8_t counter) {
  Event e = event(counter, "__xfrm_policy_check");
  e.packet = udp();
  e.evidence = found(Match::none);
  e.packet_evidence.emplace();
  return e;
}

// The same of one for this host.
inline Event refused_inbound(uint8_t counter) {
  Event e = checked(counter);
  e.packet_evidence->policy_dir = "in";
  return e;
}

inline Template transport() {
  Template t;
  t.proto = "esp";
  t.reqid = 1;
  t.mode = "transport";
  t.src = t.dst = "0.0.0.0";
  t.enc_mask = t.auth_mask = t.comp_mask = ~0u;
  return t;
}

inline Template tunnel() {
  Template t = transport();
  t.mode = "tunnel";
  t.src = "192.0.2.1";
  t.dst = "192.0.2.2";
  return t;
}

inline Policy policy(const char* dir, std::vector<Template> templates = {transport()}) {
  Policy p;
  p.sel.src = "10.0.0.1";
  p.sel.dst = "10.0.0.2";
  p.sel.src_bits = p.sel.dst_bits = 32;
  p.dir = dir;
  p.action = "allow";
  p.type = "main";
  p.index = 8;
  p.templates = std::move(templates);
  return p;
}

// The in policy's templates are not those of the SAs that the packet came through.
inline Event mismatch(std::vector<SecpathEntry> secpath, std::vector<Template> templates) {
  Event e = checked(XfrmInTmplMismatch);
  e.packet_evidence->secpath = std::move(secpath);
  e.evidence->policy = policy("in", std::move(templates));
  return e;
}

inline SecpathEntry through(const char* mode, uint32_t reqid = 1) {
  SecpathEntry s;
  s.src = "10.0.0.1";
  s.dst = "10.0.0.2";
  s.proto = "esp";
  s.spi = 0x101;
  s.reqid = reqid;
  s.mode = mode;
  s.netns = kHere;
  return s;
}

// A flow whose policy asks in vain for an SA.
inline Event no_outbound_state(Evidence evidence, Template t = transport()) {
  Event e = event(XfrmOutNoStates, "xfrm_lookup_with_ifid");
  e.packet = udp();
  e.evidence = std::move(evidence);
  e.evidence->policy = policy("out", {std::move(t)});
  e.evidence->template_at = 0;
  return e;
}

inline bool says(const Event& e, const std::string& text) {
  return diagnose(e).why.find(text) != std::string::npos;
}

inline bool lacks(const Finding& f, std::string_view evidence) {
  for (const std::string& one : f.missing)
    if (one.find(evidence) != one.npos) return true;
  return false;
}

} // namespace xs::test
