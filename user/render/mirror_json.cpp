// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Fills JSON objects of states and policies.
#include "mirror_json.hpp"
#include "actor_words.hpp"
#include "or_null.hpp"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>

namespace xs {
namespace {

std::string mark_text(const Mark& mark) {
  return fmt::format("{:#x}/{:#x}", mark.value, mark.mask);
}

// "2026-11-22T15:03:46Z"; null where no calendar has it.
Json second_json(const std::optional<uint64_t>& seconds) {
  if (!seconds) return nullptr;
  const auto time = static_cast<time_t>(*seconds);
  tm parts{};
  if (!gmtime_r(&time, &parts)) return nullptr;
  char text[64];
  return std::string(text, strftime(text, sizeof(text), "%FT%TZ", &parts));
}

std::optional<std::string> prefix(const std::optional<std::string>& address, uint8_t bits) {
  if (!address) return {};
  return fmt::format("{}/{}", *address, bits);
}

Json to_json(const Device& dev) {
  return {{"ifindex", dev.ifindex}, {"ifname", or_null(dev.name)}};
}

Json to_json(const Algorithm& a) {
  return {{"kind", a.kind}, {"name", a.name}, {"key_bits", a.key_bits}, {"icv_bits", a.icv_bits}};
}

Json to_json(const Encap& e) {
  return {{"type", e.type},
          {"sport", e.sport},
          {"dport", e.dport},
          {"addr", or_null(e.addr)},
          {"max_age_s", e.max_age_s ? Json(e.max_age_s) : Json(nullptr)}};
}

Json to_json(const Offload& o) {
  Json out = to_json(o.dev);
  out.put("dir", o.dir);
  out.put("mode", o.mode);
  return out;
}

Json upper_json(const Selector& s, std::string_view name) {
  const auto found = std::ranges::find(s.upper, name, &decltype(s.upper)::value_type::first);
  return found == s.upper.end() ? Json(nullptr) : Json(found->second);
}

Json to_json(const Selector& s) {
  Json out{{"src", or_null(prefix(s.src, s.src_bits))},
           {"dst", or_null(prefix(s.dst, s.dst_bits))},
           {"proto", s.proto ? Json(s.proto_name) : Json(nullptr)}};
  for (const char* name : {"sport", "dport", "type", "code", "key"})
    out.put(JsonName(name), upper_json(s, name));
  out.put("sport_mask", hex(s.sport_mask));
  out.put("dport_mask", hex(s.dport_mask));
  out.put("ifindex", s.dev ? Json(s.dev->ifindex) : Json(nullptr));
  out.put("ifname", s.dev ? or_null(s.dev->name) : Json(nullptr));
  out.put("uid", s.uid);
  return out;
}

Json limits_json(const std::optional<uint64_t>& bytes, const std::optional<uint64_t>& packets,
                 const std::optional<uint64_t>& add_s, const std::optional<uint64_t>& use_s) {
  return {
      {"bytes", or_null(bytes)}, {"packets", or_null(packets)}, {"add_s", or_null(add_s)}, {"use_s", or_null(use_s)}};
}

Json lifetime_json(const Limits& l, const Used* used) {
  return {{"soft", limits_json(l.soft_bytes, l.soft_packets, l.soft_add_s, l.soft_use_s)},
          {"hard", limits_json(l.hard_bytes, l.hard_packets, l.hard_add_s, l.hard_use_s)},
          {"bytes", used ? Json(used->bytes) : Json(nullptr)},
          {"packets", used ? Json(used->packets) : Json(nullptr)},
          {"added", used ? second_json(used->added_s) : Json(nullptr)},
          {"used", used ? second_json(used->used_s) : Json(nullptr)}};
}

Json replay_json(const State& s) {
  const StateLive* l = s.live ? &*s.live : nullptr;
  Json bitmap = nullptr;
  if (l && l->bitmap) {
    bitmap = Json::array();
    for (const uint32_t word : *l->bitmap)
      bitmap.push_back(fmt::format("0x{:08x}", word));
  }
  return {{"window", s.window},
          {"seq", l ? Json(l->seq) : Json(nullptr)},
          {"oseq", l ? Json(l->oseq) : Json(nullptr)},
          {"esn", s.esn},
          {"seq_hi", l ? or_null(l->seq_hi) : Json(nullptr)},
          {"oseq_hi", l ? or_null(l->oseq_hi) : Json(nullptr)},
          {"bitmap", bitmap}};
}

Json stats_json(const std::optional<StateLive>& l) {
  if (!l) return nullptr;
  return {{"replay_window", l->late}, {"replay", l->replayed}, {"integrity_failed", l->integrity_failed}};
}

Json to_json(const Template& t) {
  return {{"src", or_null(t.src)},
          {"dst", or_null(t.dst)},
          {"proto", t.proto},
          {"spi", t.spi ? Json(hex_spi(t.spi)) : Json(nullptr)},
          {"reqid", t.reqid},
          {"mode", t.mode},
          {"level", t.optional > 1 ? std::to_string(t.optional)
                    : t.optional   ? "use"
                                   : "required"},
          {"share", t.share},
          {"enc_mask", hex(t.enc_mask)},
          {"auth_mask", hex(t.auth_mask)},
          {"comp_mask", hex(t.comp_mask)}};
}

constexpr auto as_json = [](const auto& value) { return to_json(value); };

// When it came into being: as the mirror saw it, or to the second as the kernel notes it.
Json added_json(const Actor& added, const Used* used) {
  if (added.real_ns && added.how != How::listed) return iso_time(*added.real_ns);
  return used ? second_json(used->added_s) : Json(nullptr);
}

// Who made and who changed it: the same end of both objects.
template <class T> void put_hands(Json& out, const T& x, const Used* used) {
  out.put("added", added_json(x.added, used));
  out.put("added_by", by_json(x.added));
  out.put("added_how", how_json(x.added));
  out.put("changed", or_null(x.changed, as_json));
}

void put_extras(Json& out, const State& s) {
  out.put("dir", or_null(s.dir));
  out.put("flags", s.flag_names);
  out.put("extra_flags", s.extra_names);
  out.put("output_mark", or_null(s.output_mark, mark_text));
  out.put("encap", or_null(s.encap, as_json));
  out.put("coa", or_null(s.coaddr));
  out.put("offload", or_null(s.offload, as_json));
  out.put("tfcpad", s.tfcpad);
  out.put("pcpu", or_null(s.pcpu));
  out.put("nat_keepalive_s", s.nat_keepalive_s ? Json(s.nat_keepalive_s) : Json(nullptr));
  out.put("security_context", s.security);
  out.put("sel", or_null(s.sel, as_json));
}

// The head and the tail of a change's line are the same whatever changed.
template <class T> Json change_head(const T& change, const char* what, const std::string& op, const Netns& netns) {
  return {{"v", 1},
          {"type", "change"},
          {"what", what},
          {"op", op},
          {"ts", iso_time(change.real_ns)},
          {"mono_ns", change.mono_ns},
          {"netns", to_json(netns)},
          {"by", by_json(change.by)},
          {"how", how_json(change.by)}};
}

} // namespace

Json to_json(const State& s) {
  const std::optional<Algorithm>& main = s.crypto ? s.crypto : s.auth; // AH has but the latter
  Json out{{"src", or_null(s.src)},
           {"dst", or_null(s.dst)},
           {"proto", s.proto},
           {"spi", hex_spi(s.spi)},
           {"reqid", s.reqid},
           {"mode", s.mode},
           {"mark", mark_text(s.mark)},
           {"if_id", hex(s.if_id)},
           {"alg", main ? Json(main->name) : Json(nullptr)},
           {"crypto", or_null(s.crypto, as_json)},
           {"auth", or_null(s.auth, as_json)},
           {"km_state", s.live ? Json(s.live->km_state) : Json(nullptr)},
           {"dying", s.live ? Json(s.live->dying) : Json(nullptr)},
           {"replay", replay_json(s)},
           {"lifetime", lifetime_json(s.limits, s.live ? &s.live->used : nullptr)},
           {"stats", stats_json(s.live)},
           {"last_used", s.live ? second_json(s.live->last_used_s) : Json(nullptr)}};
  put_extras(out, s);
  put_hands(out, s, s.live ? &s.live->used : nullptr);
  return out;
}

Json to_json(const Policy& p) {
  Json templates = Json::array();
  for (const Template& t : p.templates)
    templates.push_back(to_json(t));
  Json out = to_json(p.sel);
  out.put("dir", p.dir);
  out.put("socket", p.socket);
  out.put("action", p.action);
  out.put("priority", p.priority);
  out.put("index", p.index);
  out.put("ptype", p.type);
  out.put("flags", p.flag_names);
  out.put("mark", mark_text(p.mark));
  out.put("if_id", hex(p.if_id));
  out.put("templates", templates);
  out.put("offload", or_null(p.offload, as_json));
  out.put("security_context", p.security);
  out.put("lifetime", lifetime_json(p.limits, &p.used));
  put_hands(out, p, &p.used);
  return out;
}

Json deleted_json(const State& state, uint64_t now_mono_ns) {
  const Actor by = state.removed.value_or(Actor{});
  return {{"state", to_json(state)},
          {"ts", or_null(by.real_ns, iso_time)},
          {"ago_ms", ago_json(by, now_mono_ns)},
          {"by", by_json(by)},
          {"how", how_json(by)}};
}

Json to_json(const Change& c) {
  if (const State* s = std::get_if<State>(&c.object)) {
    Json out = change_head(c, "state", c.op, s->netns);
    out.put("hard", or_null(c.hard));
    out.put("state", to_json(*s));
    return out;
  }
  const Policy& p = std::get<Policy>(c.object);
  Json out = change_head(c, "policy", c.op, p.netns);
  out.put("hard", or_null(c.hard));
  out.put("policy", to_json(p));
  return out;
}

Json to_json(const DefaultsChange& c) {
  Json out = change_head(c, "policy", "update", c.netns);
  out.put("default", {{"in", c.in}, {"fwd", c.fwd}, {"out", c.out}});
  return out;
}

Json show_json(const State& state) {
  return {{"v", 1}, {"type", "state"}, {"netns", to_json(state.netns)}, {"state", to_json(state)}};
}

Json show_json(const Policy& policy) {
  return {{"v", 1}, {"type", "policy"}, {"netns", to_json(policy.netns)}, {"policy", to_json(policy)}};
}

Json show_deleted_json(const State& state, uint64_t now_mono_ns) {
  Json deleted = deleted_json(state, now_mono_ns);
  return {{"v", 1}, {"type", "deleted"}, {"netns", to_json(state.netns)}, {"deleted", deleted}};
}

} // namespace xs
