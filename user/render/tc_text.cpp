// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Prints objects of tc.
#include "tc_text.hpp"
#include "actor_words.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

constexpr const char* kWords[] = {"", "qdisc", "filter", "tcx", "netkit"}; // by TcWhat

std::string what_word(const TcItem& item) {
  return kWords[static_cast<size_t>(item.what)];
}

std::string prog_words(const TcProg& p) {
  std::string out = fmt::format(" id {}", p.id);
  if (!p.name.empty()) out += fmt::format(" name {}", printable(p.name));
  return out + fmt::format(" tag {}", p.tag);
}

std::string device_words(const std::optional<Device>& dev) {
  return dev ? fmt::format(" dev {}", printable(device_text(*dev))) : "";
}

// Names the two sides of clsact.
std::string place_words(const TcItem& item) {
  if (item.parent == "ffff:fff2") return " ingress";
  if (item.parent == "ffff:fff3") return " egress";
  if (item.parent == "root" || item.parent.starts_with("block ")) return " " + item.parent;
  return " parent " + item.parent;
}

std::string qdisc_words(const TcItem& item, const std::optional<Device>& dev) {
  return fmt::format("qdisc {} {}{}{}", printable(item.kind), item.handle.value_or("?"), device_words(dev),
                     place_words(item));
}

std::string filter_words(const TcItem& item, const std::optional<Device>& dev, const std::string& label) {
  std::string out = fmt::format("filter{}{} protocol {} pref {} {} chain {}", device_words(dev), place_words(item),
                                item.protocol, item.prio, printable(item.kind), item.chain);
  if (item.handle) out += fmt::format(" {} {}", item.kind == "u32" ? "fh" : "handle", *item.handle);
  if (!label.empty()) out += " " + printable(label);
  if (item.direct_action) out += " direct-action";
  return out + (item.prog ? prog_words(*item.prog) : "");
}

std::string hook_words(const TcItem& item, const std::optional<Device>& dev) {
  std::string out = what_word(item) + device_words(dev);
  out += item.what == TcWhat::netkit ? (item.peer ? " peer" : " primary") : place_words(item);
  out += fmt::format(" pos {}", item.position);
  if (item.prog) out += prog_words(*item.prog);
  if (item.link_id) out += fmt::format(" link {}", *item.link_id);
  return out;
}

std::string item_words(const TcItem& item, const std::optional<Device>& dev, const std::string& label) {
  if (item.what == TcWhat::qdisc) return qdisc_words(item, dev);
  if (item.what == TcWhat::filter) return filter_words(item, dev, label);
  return hook_words(item, dev);
}

std::string ago_words(uint64_t ns) {
  if (ns < 10'000'000'000) return fmt::format("{:.3g} ms", static_cast<double>(ns) / 1e6);
  return fmt::format("{:.0f} s", static_cast<double>(ns) / 1e9);
}

std::string since_words(const TcPresent& p, uint64_t mono_ns) {
  if (!p.since_mono_ns) return ", there before the start";
  return fmt::format(", for {}", ago_words(mono_ns - std::min(mono_ns, *p.since_mono_ns)));
}

std::string before_words(const Actor& by, uint64_t mono_ns) {
  const std::string ago = by.mono_ns ? ago_words(mono_ns - std::min(mono_ns, *by.mono_ns)) + " before" : "";
  return ago + by_words(by);
}

} // namespace

std::string tc_words(const TcObject& object) {
  return item_words(object.item, object.dev, object.label);
}

std::string tc_block(const TcObject& object, const std::optional<uint32_t>& refs) {
  const bool root = object.item.what == TcWhat::qdisc && object.item.parent == "root";
  return tc_words(object) + (refs && root ? fmt::format(" refcnt {}", *refs) : "") + "\n";
}

std::string tc_text(const TcPoint& point, uint64_t mono_ns, const TextStyle& style) {
  std::string out;
  for (const TcPresent& p : point.present)
    out += row("tc", item_words(p.item, {}, {}) + since_words(p, mono_ns), style);
  if (point.unnamed) out += row("tc", fmt::format("and {} more", point.unnamed), style);
  for (const TcRemoved& r : point.removed)
    out += row("tc", fmt::format("{}, removed {}", item_words(r.was.item, {}, {}), before_words(r.removed, mono_ns)),
               style);
  if (point.last && point.last->op != "delete")
    out += row("",
               fmt::format("last change: {} {} {}", point.last->op, item_words(point.last->item, {}, {}),
                           before_words(point.last->by, mono_ns)),
               style);
  return out;
}

std::string to_text(const TcChange& c, const TextStyle& style) {
  const std::string doer = by_words(c.by);
  return fmt::format("{}{} {}  netns {}  {}{}{}\n", time_text(c.real_ns, c.mono_ns, style), what_word(c.object.item),
                     c.op, netns_text(c.object.netns), tc_words(c.object), doer.empty() ? "" : " ", doer);
}

} // namespace xs
