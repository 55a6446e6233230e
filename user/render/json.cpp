// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes events and summaries into JSON objects.
#include "json.hpp"
#include "finding_json.hpp"
#include "mirror_json.hpp"
#include "tc_json.hpp"
#include "or_null.hpp"
#include "../diagnose/causes.hpp"
#include "../model/known_sum.hpp"
#include "../model/loss.hpp"

#include <charconv>
#include <cstring>
#include <ctime>
#include <iterator>
#include <map>

namespace xs {

Json to_json(const SiteRef& s) {
  return {
      {"function", s.function}, {"offset", s.offset}, {"module", s.module.empty() ? Json(nullptr) : Json(s.module)}};
}

Json to_json(const PacketInfo& p) {
  return {{"src", or_null(p.src)},
          {"dst", or_null(p.dst)},
          {"proto", or_null(p.proto)},
          {"encap", or_null(p.encap)},
          {"spi", or_null(p.spi, hex_spi)},
          {"seq", or_null(p.seq)},
          {"len", or_null(p.len)},
          {"mark", or_null(p.mark, hex)},
          {"ifindex", or_null(p.ifindex)},
          {"ifname", or_null(p.ifname)},
          {"sport", or_null(p.sport)},
          {"dport", or_null(p.dport)},
          {"icmp_type", or_null(p.icmp_type)},
          {"icmp_code", or_null(p.icmp_code)},
          {"flow", p.is_flow}};
}

namespace {

constexpr auto as_json = [](const auto& value) { return to_json(value); };

constexpr const char* kMatches[] = {nullptr, "held", "exact", "nearest", "none"}; // by Match

void put_evidence(Json& out, const Evidence& e, uint64_t mono_ns) {
  out.put("match", match_json(e.match));
  out.put("differs", e.match != Match::unknown ? Json(e.differs) : Json(nullptr));
  out.put("state", or_null(e.state, as_json));
  out.put("deleted", e.deleted ? deleted_json(*e.deleted, mono_ns) : Json(nullptr));
  Json policy = or_null(e.policy, as_json);
  if (e.policy) {
    policy.put("template_at", or_null(e.template_at));
    policy.put("secpath_at", or_null(e.secpath_at));
    policy.put("wanted", {{"src", or_null(e.wanted_src)}, {"dst", or_null(e.wanted_dst)}});
  }
  out.put("policy", policy);
  out.put("other_policy", or_null(e.other_policy, as_json));
  out.put("near_policy", or_null(e.near, [](const NearPolicy& n) {
            return Json{{"policy", to_json(n.policy)}, {"differs", n.differs}};
          }));
}

const char* way_name(Way way) {
  return way == Way::in ? "in" : way == Way::out ? "out" : "fwd";
}

} // namespace

Json match_json(Match match) {
  const char* name = kMatches[static_cast<size_t>(match)];
  return name ? Json(name) : Json(nullptr);
}

Json to_json(const Netns& ns) {
  return {{"inum", or_null(ns.inum)}, {"name", or_null(ns.name)}};
}

Json to_json(const Process& p) {
  return {{"pid", p.pid}, {"comm", p.comm}};
}

std::string hex_spi(uint32_t spi) {
  char text[] = "0x00000000";
  for (char* at = text + sizeof(text) - 2; spi; spi >>= 4)
    *at-- = "0123456789abcdef"[spi & 0xf];
  return text;
}

std::string hex(uint32_t number) {
  char text[] = "0x00000000";
  return {text, std::to_chars(text + 2, std::end(text), number, 16).ptr};
}

std::string iso_time(int64_t real_ns) {
  const time_t seconds = real_ns / 1'000'000'000;
  thread_local time_t known = -1; // most lines have the same second as the one before
  thread_local char text[32];
  if (seconds != known) {
    tm parts{};
    gmtime_r(&seconds, &parts);
    strftime(text, sizeof(text), "%FT%T", &parts);
    known = seconds;
  }
  char part[] = ".000000000Z";
  auto ns = static_cast<uint32_t>(real_ns % 1'000'000'000);
  for (char* at = part + sizeof(part) - 3; ns; ns /= 10)
    *at-- = static_cast<char>('0' + ns % 10);
  std::string out(text);
  return out.append(part, sizeof(part) - 1);
}

Json to_json(const Ready& r) {
  return {{"v", 1},
          {"type", "ready"},
          {"kernel", r.kernel},
          {"sites", {{"found", r.found}, {"attached", r.attached}}},
          {"loss_sites", {{"found", r.losses_found}, {"attached", r.losses_attached}}},
          {"netns", r.netns},
          {"states", r.states},
          {"policies", r.policies},
          {"tc", r.tc},
          {"elapsed_ms", r.elapsed_ms}};
}

Json counter_json(uint8_t counter) {
  return is_loss(counter) ? Json(nullptr) : Json(counter_name(counter));
}

namespace {

Json errno_json(const Event& e) {
  const char* name =
      e.packet_evidence && e.packet_evidence->error ? strerrorname_np(*e.packet_evidence->error) : nullptr;
  return name ? Json(name) : Json(nullptr);
}

} // namespace

Json to_json(const Event& e, const Finding& finding) {
  Json out{{"v", 1},
           {"type", is_loss(e.counter) ? "loss" : "error"},
           {"ts", iso_time(e.real_ns)},
           {"mono_ns", e.mono_ns},
           {"counter", counter_json(e.counter)},
           {"n", e.n},
           {"packets", or_null(e.packets)},
           {"direction", way_name(counter_way(e.counter))},
           {"cpu", or_null(e.cpu)},
           {"site", or_null(e.site, as_json)},
           {"netns", to_json(e.netns)},
           {"packet", or_null(e.packet, as_json)},
           {"looked_up", or_null(e.looked_up, as_json)},
           {"process", or_null(e.process, as_json)}};
  put_evidence(out, e.evidence.value_or(Evidence{}), e.mono_ns);
  put_tc(out, e);
  put_packet_evidence(out, e.packet_evidence);
  put_finding(out, finding);
  if (is_loss(e.counter)) out.put("errno", errno_json(e));
  if (!e.stack.empty()) out.put("stack", e.stack);
  return out;
}

static Json losses_json(const Summary& s, const Netns& netns) {
  std::map<std::string, std::pair<uint64_t, std::optional<uint64_t>>> by_cause;
  for (const CauseCount& c : s.causes) {
    if (!is_loss(c.counter) || !is_of(c.netns, netns)) continue;
    auto& [n, packets] = by_cause.try_emplace(c.cause, 0, 0).first->second;
    n += c.n;
    packets = known_sum(packets, c.packets);
  }
  Json out = Json::object();
  for (const auto& [cause, count] : by_cause)
    out.put(JsonName(cause), {{"n", count.first}, {"packets", or_null(count.second)}});
  return out;
}

Json to_json(const Summary& s) {
  Json netns = Json::array();
  for (const NetnsResult& ns : s.netns) {
    Json counters = Json::object();
    for (const auto& [index, r] : ns.counters) {
      Json counter{{"kernel", or_null(r.kernel)}, {"seen", r.seen}, {"without_cause", r.without_cause}};
      if (r.filtered) counter.put("filtered", r.filtered);
      if (r.uncertainty) counter.put("uncertain", r.uncertainty);
      counters.put(JsonName(counter_name(index)), counter);
    }
    Json row = to_json(ns.netns);
    row.put("counters", counters);
    row.put("losses", losses_json(s, ns.netns));
    netns.push_back(row);
  }
  Json causes = Json::array();
  for (const CauseCount& c : s.causes)
    causes.push_back({{"netns", to_json(c.netns)},
                      {"counter", counter_json(c.counter)},
                      {"cause", c.cause},
                      {"n", c.n},
                      {"first", iso_time(c.first_real_ns)},
                      {"last", iso_time(c.last_real_ns)}});
  return {{"v", 1},
          {"type", "summary"},
          {"netns", netns},
          {"causes", causes},
          {"lost",
           {{"ring", s.lost_ring},
            {"map_full", s.lost_map_full},
            {"states", s.lost_states},
            {"policies", s.lost_policies},
            {"tc", s.lost_tc},
            {"changes", s.lost_changes}}},
          {"problems", s.problems},
          {"complete", s.complete}};
}

std::string line(Json json) {
  return std::string(json.line());
}

} // namespace xs
