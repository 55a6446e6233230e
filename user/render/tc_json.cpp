// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes objects of tc into JSON objects.
#include "tc_json.hpp"
#include "actor_words.hpp"
#include "or_null.hpp"

namespace xs {
namespace {

constexpr const char* kWhats[] = {nullptr, "qdisc", "filter", "tcx", "netkit"}; // by TcWhat

Json what_json(const TcItem& item) {
  const char* what = kWhats[static_cast<size_t>(item.what)];
  return what ? Json(what) : Json(nullptr);
}

Json to_json(const TcProg& p) {
  return {{"id", p.id}, {"name", p.name}, {"tag", p.tag}};
}

Json item_json(const TcItem& item, const std::optional<std::string>& ifname) {
  const bool filter = item.what == TcWhat::filter, hook = item.what >= TcWhat::tcx;
  return {{"ifname", or_null(ifname)},
          {"direction", item.direction.empty() ? Json(nullptr) : Json(item.direction)},
          {"what", what_json(item)},
          {"kind", item.kind},
          {"parent", item.parent},
          {"protocol", filter ? Json(item.protocol) : Json(nullptr)},
          {"pref", filter ? Json(item.prio) : Json(nullptr)},
          {"chain", filter ? Json(item.chain) : Json(nullptr)},
          {"handle", or_null(item.handle)},
          {"prog", or_null(item.prog, [](const TcProg& p) { return to_json(p); })},
          {"direct_action", item.kind == "bpf" ? Json(item.direct_action) : Json(nullptr)},
          {"link", or_null(item.link_id)},
          {"position", hook ? Json(item.position) : Json(nullptr)},
          {"peer", item.what == TcWhat::netkit ? Json(item.peer) : Json(nullptr)}};
}

Json removed_json(const Actor& by, uint64_t mono_ns) {
  return {{"ts", or_null(by.real_ns, iso_time)},
          {"ago_ms", ago_json(by, mono_ns)},
          {"by", by_json(by)},
          {"how", how_json(by)}};
}

std::optional<std::string> device_name(const Event& e) {
  return e.packet ? e.packet->ifname : std::nullopt;
}

Json present_json(const TcPresent& p, const std::optional<std::string>& ifname, const Json& removed) {
  Json out = item_json(p.item, ifname);
  out.put("since", or_null(p.since_real_ns, iso_time));
  out.put("removed", removed);
  return out;
}

Json last_json(const TcPoint::Last& last, const std::optional<std::string>& ifname, uint64_t mono_ns) {
  Json out = removed_json(last.by, mono_ns);
  out.put("op", last.op);
  out.put("tc", item_json(last.item, ifname));
  return out;
}

std::string changed_what(const TcItem& item) {
  const char* what = kWhats[static_cast<size_t>(item.what)];
  return what ? what : "tc";
}

} // namespace

Json to_json(const TcObject& o) {
  Json out = item_json(o.item, o.dev ? o.dev->name : std::nullopt);
  out.put("ifindex", o.dev ? Json(o.dev->ifindex) : Json(nullptr));
  out.put("label", o.label.empty() ? Json(nullptr) : Json(o.label));
  out.put("added", o.added.how == How::listed ? Json(nullptr) : or_null(o.added.real_ns, iso_time));
  out.put("added_by", by_json(o.added));
  out.put("added_how", how_json(o.added));
  out.put("changed", or_null(o.changed, [](const Actor& h) { return to_json(h); }));
  return out;
}

Json to_json(const TcChange& c) {
  return {{"v", 1},
          {"type", "change"},
          {"what", changed_what(c.object.item)},
          {"op", c.op},
          {"ts", iso_time(c.real_ns)},
          {"mono_ns", c.mono_ns},
          {"netns", to_json(c.object.netns)},
          {"by", by_json(c.by)},
          {"how", how_json(c.by)},
          {"tc", to_json(c.object)}};
}

Json show_json(const TcObject& o, const std::optional<uint32_t>& refs) {
  Json tc = to_json(o);
  if (o.item.what == TcWhat::qdisc) tc.put("refcnt", or_null(refs));
  return {{"v", 1}, {"type", "tc"}, {"netns", to_json(o.netns)}, {"tc", tc}};
}

void put_tc(Json& out, const Event& e) {
  if (!e.tc) {
    out.put("tc", nullptr);
    return out.put("tc_change", nullptr);
  }
  const auto ifname = device_name(e);
  Json all = Json::array();
  for (const TcPresent& p : e.tc->present)
    all.push_back(present_json(p, ifname, nullptr));
  for (const TcRemoved& r : e.tc->removed)
    all.push_back(present_json(r.was, ifname, removed_json(r.removed, e.mono_ns)));
  out.put("tc", all);
  out.put("tc_change", e.tc->last ? last_json(*e.tc->last, ifname, e.mono_ns) : Json(nullptr));
}

} // namespace xs
