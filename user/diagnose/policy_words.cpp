// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Describes policies in the words of ip-xfrm.
#include "policy_words.hpp"
#include "flow.hpp"
#include "secpath.hpp"
#include "words.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace xs {
namespace {

std::string device_word(const Device& dev) {
  return dev.name ? *dev.name : fmt::format("if{}", dev.ifindex);
}

std::string selector_words(const Selector& s) {
  std::string out = fmt::format("src {}/{} dst {}/{}", packet_end(s.src), s.src_bits, packet_end(s.dst), s.dst_bits);
  if (s.proto) out += " proto " + s.proto_name;
  for (const auto& [name, value] : s.upper)
    out += fmt::format(" {} {}", name, value);
  if (s.dev) out += " dev " + device_word(*s.dev);
  return out;
}

std::string command_words(const Template& t) {
  std::string out = fmt::format(" tmpl src {} dst {} proto {}", packet_end(t.src), packet_end(t.dst), t.proto);
  if (t.spi) out += fmt::format(" spi {:#x}", t.spi);
  out += fmt::format(" reqid {} mode {}", t.reqid, t.mode);
  return out + (t.optional ? " level use" : "");
}

} // namespace

std::string policy_text(const Policy& p) {
  return fmt::format("the {}{} policy {} ({}priority {}, index {})", p.socket ? "socket's " : "", p.dir,
                     selector_words(p.sel), p.type == "sub" ? "ptype sub, " : "", p.priority, p.index);
}

std::string templates_text(const Policy& p) {
  std::string out;
  for (const Template& t : p.templates)
    if (!t.optional) out += (out.empty() ? "" : ", ") + template_words(t);
  return out;
}

bool demands_ipsec(const Policy& p) {
  return p.action == "allow" && std::ranges::any_of(p.templates, [](const Template& t) { return !t.optional; });
}

std::string policy_command(const char* verb, const Policy& p) {
  std::string out = fmt::format("ip xfrm policy {} {} dir {}", verb, selector_words(p.sel), p.dir);
  if (p.mark.mask) out += fmt::format(" mark {:#x} mask {:#x}", p.mark.value, p.mark.mask);
  if (p.type == "sub") out += " ptype sub";
  if (p.action == "block") out += " action block";
  if (p.priority) out += fmt::format(" priority {}", p.priority);
  for (const std::string& flag : p.flag_names)
    out += " flag " + flag;
  if (p.if_id) out += fmt::format(" if_id {:#x}", p.if_id);
  for (const Template& t : p.templates)
    out += command_words(t);
  return out;
}

Policy for_flow(Policy p, const PacketInfo& flow) {
  p.sel = Selector{};
  p.sel.src = flow.src;
  p.sel.dst = flow.dst;
  p.sel.src_bits = p.sel.dst_bits = family_of(flow) == 6 ? 128 : 32;
  return p;
}

std::string direction_of(const Event& e, const NearPolicy* near) {
  if (e.packet_evidence && e.packet_evidence->policy_dir) return *e.packet_evidence->policy_dir;
  if (!near || std::ranges::find(near->differs, "dir") == near->differs.end()) return "in or fwd";
  return near->policy.dir == "in" ? "fwd" : "in";
}

std::string entry_text(const SecpathEntry& sa) {
  return fmt::format("{} {}", sa.proto, spi_text(sa.spi));
}

} // namespace xs
