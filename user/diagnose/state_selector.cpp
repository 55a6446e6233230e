// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Compares flows with the selectors of SAs.
#include "state_selector.hpp"
#include "facts.hpp"
#include "words.hpp"

#include "../model/joined.hpp"
#include "../model/records.hpp"

#include <algorithm>
#include <iterator>

namespace xs {
namespace {

constexpr std::string_view kSel = "sel", kSelField = "sel.", kNone = "none";

bool in_selector(std::string_view field) {
  return field == kSel || field.starts_with(kSelField);
}

// "dst" of "sel.dst"; empty: not known which.
std::vector<std::string> hinted_fields(const Event& e) {
  std::vector<std::string> out;
  if (!e.evidence) return out;
  for (const std::string& field : e.evidence->differs)
    if (field.starts_with(kSelField)) out.push_back(field.substr(kSelField.size()));
  return out;
}

std::string family_name(const std::optional<std::string>& address) {
  return !address ? "" : is_ipv6(*address) ? "IPv6" : "IPv4";
}

std::string prefix_text(const std::optional<std::string>& address, uint8_t bits) {
  return address ? fmt::format("{}/{}", *address, bits) : "";
}

std::string device_text(const PacketInfo& flow, const Event& e) {
  if (!flow.ifindex) return {};
  if (!*flow.ifindex) return std::string(kNone);
  if (*flow.ifindex == kLoopback) return "lo";
  for (const auto* p : {&flow, e.packet ? &*e.packet : nullptr})
    if (p && p->ifname && p->ifindex == flow.ifindex) return *p->ifname;
  return fmt::format("device {}", *flow.ifindex);
}

std::string upper_text(const Selector& sel, std::string_view key) {
  for (const auto& [name, value] : sel.upper)
    if (name == key) return std::to_string(value);
  return {};
}

template <class T> std::string number_text(const std::optional<T>& number) {
  return number ? std::to_string(*number) : "";
}

struct Field {
  std::string_view name;
  std::string (*flow)(const PacketInfo&, const Event&);
  std::string (*selector)(const Selector&);
};

const Field kFields[] = {{"family", [](const PacketInfo& p, const Event&) { return family_name(p.dst); },
                          [](const Selector& s) { return family_name(s.dst); }},
                         {"src", [](const PacketInfo& p, const Event&) { return p.src.value_or(""); },
                          [](const Selector& s) { return prefix_text(s.src, s.src_bits); }},
                         {"dst", [](const PacketInfo& p, const Event&) { return p.dst.value_or(""); },
                          [](const Selector& s) { return prefix_text(s.dst, s.dst_bits); }},
                         {"proto", [](const PacketInfo& p, const Event&) { return p.proto.value_or(""); },
                          [](const Selector& s) { return s.proto_name; }},
                         {"sport", [](const PacketInfo& p, const Event&) { return number_text(p.sport); },
                          [](const Selector& s) { return upper_text(s, "sport"); }},
                         {"dport", [](const PacketInfo& p, const Event&) { return number_text(p.dport); },
                          [](const Selector& s) { return upper_text(s, "dport"); }},
                         {"type", [](const PacketInfo& p, const Event&) { return number_text(p.icmp_type); },
                          [](const Selector& s) { return upper_text(s, "type"); }},
                         {"code", [](const PacketInfo& p, const Event&) { return number_text(p.icmp_code); },
                          [](const Selector& s) { return upper_text(s, "code"); }},
                         {"dev", device_text, [](const Selector& s) {
                            return s.dev ? s.dev->name.value_or(fmt::format("device {}", s.dev->ifindex)) : "";
                          }}};

bool about_port(const Misfit& m) {
  return m.field == "sport" || m.field == "dport";
}

// The SA's selector; an all-zero one has the family of the SA, as the kernel sets it.
Selector selector_of(const State& s) {
  if (s.sel) return *s.sel;
  Selector out;
  out.src = s.src;
  out.dst = s.dst;
  return out;
}

// The kernel stores ICMP type and code in the ports.
std::string_view name_in(const Selector& sel, std::string_view field) {
  const bool typed = !upper_text(sel, "type").empty(), coded = !upper_text(sel, "code").empty();
  return field == "sport" && typed ? "type" : field == "dport" && coded ? "code" : field;
}

Misfit misfit_in(std::string_view hint, const PacketInfo& flow, const Event& e, const Selector& sel) {
  const std::string_view name = name_in(sel, hint);
  const auto* field = std::ranges::find(kFields, name, &Field::name);
  if (field == std::end(kFields)) return {std::string(name), "", ""};
  return {std::string(name), field->flow(flow, e), field->selector(sel)};
}

// On the way in the kernel does not compare families (__xfrm_policy_check).
bool other_family(const PacketInfo& flow, const Event& e, const Selector& sel) {
  return counter_way(e.counter) == Way::out && flow.dst && sel.dst && is_ipv6(*flow.dst) != is_ipv6(*sel.dst);
}

bool other_device(const PacketInfo& flow, const Selector& sel) {
  return sel.dev && sel.dev->ifindex && flow.ifindex && *flow.ifindex != static_cast<uint32_t>(sel.dev->ifindex);
}

} // namespace

bool differs_in_selector_only(const Event& e) {
  return e.evidence && !e.evidence->differs.empty() && std::ranges::all_of(e.evidence->differs, in_selector);
}

static std::vector<Misfit> found_misfits(const PacketInfo& flow, const Event& e, const State& s) {
  const Selector sel = selector_of(s);
  std::vector<Misfit> out;
  for (const std::string& hint : hinted_fields(e))
    out.push_back(misfit_in(hint, flow, e, sel));
  if (!out.empty() || (!s.sel && !differs_in_selector_only(e))) return out;
  if (other_family(flow, e, sel)) return {misfit_in("family", flow, e, sel)};
  if (!s.sel) return {};
  out = compare(flow, sel).outside;
  if (out.empty() && other_device(flow, sel)) out.push_back(misfit_in("dev", flow, e, sel));
  return out;
}

std::vector<Misfit> selector_misfits(const Event& e, const State& s) {
  const PacketInfo* flow = flow_of(e);
  auto out = flow ? found_misfits(*flow, e, s) : std::vector<Misfit>{};
  for (Misfit& m : out)
    if (about_port(m) && without_ports(*flow)) m.flow = kNone;
  return out;
}

static std::string misfit_text(const Misfit& m) {
  if (m.flow.empty() && m.selector.empty()) return fmt::format("they differ in {}", m.field);
  const auto known = [](const std::string& value) { return value.empty() ? std::string("not known") : value; };
  return fmt::format("{} is {}, the selector says {}", m.field, known(m.flow), known(m.selector));
}

std::string misfits_text(const std::vector<Misfit>& misfits) {
  std::vector<std::string> out;
  std::ranges::transform(misfits, std::back_inserter(out), misfit_text);
  return joined(out, "; ");
}

std::string selector_advice(const Event& e, const State& s, const std::vector<Misfit>& misfits) {
  const PacketInfo* flow = flow_of(e);
  const std::string first = selector_advice(s, misfits.front(), flow && flow->dst && is_ipv6(*flow->dst));
  return misfits.size() > 1 ? first + " Mind what else differs." : first;
}

std::string selector_advice(const State& s, const Misfit& m, bool six) {
  std::string with = "with a selector that takes the flow";
  if (m.field == "family")
    with = fmt::format("with flag af-unspec, or with a selector of the flow's family (sel src {0} dst {0})",
                       six ? "::/0" : "0.0.0.0/0");
  else if (m.field == "dev")
    with = fmt::format("with a selector without dev{}",
                       m.flow.empty() || m.flow == kNone ? "" : ", or with dev " + m.flow);
  else if (about_port(m) && m.flow == kNone)
    with = "with a selector without ports: fragments have none";
  else if ((m.field == "src" || m.field == "dst") && !m.flow.empty())
    with = fmt::format("with a selector that takes {} {} (sel {} {}/{}, or none at all)", m.field, m.flow, m.field,
                       m.flow, six ? 128 : 32);
  else if (!m.flow.empty())
    with = fmt::format("with a selector that takes {} {}, or with none at all", m.field, m.flow);
  return fmt::format(
      "Delete the SA (ip xfrm state delete {}) and add it again {}; the key manager must negotiate traffic "
      "selectors that both peers' policies have.",
      state_id(s), with);
}

} // namespace xs
