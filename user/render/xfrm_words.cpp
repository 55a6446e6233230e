// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Prints states and policies on one line.
#include "xfrm_words.hpp"
#include "json.hpp"
#include "layout.hpp"
#include "../model/joined.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace xs {
namespace {

struct Phrase {
  std::string field; // as `differs` names it
  std::string text;
  bool set = true; // false: printed only if it differs
};

std::vector<Phrase> phrases(const State& s) {
  return {{"saddr", fmt::format("src {}", s.src.value_or("???"))},
          {"daddr", fmt::format("dst {}", s.dst.value_or("???"))},
          {"proto", fmt::format("proto {}", s.proto)},
          {"spi", fmt::format("spi {}", hex_spi(s.spi)), s.spi || has_spi(s.proto)},
          {"reqid", fmt::format("reqid {}", s.reqid)},
          {"mode", fmt::format("mode {}", s.mode)},
          {"mark", fmt::format("mark {}", mark_words(s.mark)), !s.mark.unset()},
          {"if_id", fmt::format("if_id {}", hex_words(s.if_id)), s.if_id != 0},
          {"dir", fmt::format("dir {}", s.dir.value_or("none")), s.dir.has_value()}};
}

std::string template_words(const Template& t) {
  std::string out = fmt::format("tmpl {} proto {}", ends_words(t.src, t.dst), t.proto);
  if (t.spi) out += fmt::format(" spi {}", hex_spi(t.spi));
  out += fmt::format(" reqid {} mode {}", t.reqid, t.mode);
  if (t.optional) out += t.optional == 1 ? " level use" : fmt::format(" level {}", t.optional);
  return out;
}

} // namespace

bool has_spi(const std::string& proto) {
  return proto == "esp" || proto == "ah" || proto == "comp";
}

std::string hex_words(uint32_t number) {
  return number ? fmt::format("{:#x}", number) : "0";
}

std::string mark_words(const Mark& mark) {
  return fmt::format("{}/{}", hex_words(mark.value), hex_words(mark.mask));
}

std::string ends_words(const std::optional<std::string>& src, const std::optional<std::string>& dst) {
  return fmt::format("src {} dst {}", src.value_or("???"), dst.value_or("???"));
}

std::vector<std::string> selector_words(const Selector& sel) {
  std::vector<std::string> out;
  out.push_back(fmt::format("src {}/{}", sel.src.value_or("???"), sel.src_bits));
  out.push_back(fmt::format("dst {}/{}", sel.dst.value_or("???"), sel.dst_bits));
  if (sel.proto) out.push_back(fmt::format("proto {}", sel.proto_name));
  for (const auto& [name, value] : sel.upper)
    out.push_back(fmt::format("{} {}", name, value));
  if (sel.dev) out.push_back(fmt::format("dev {}", device_text(*sel.dev)));
  return out;
}

std::string state_words(const State& state) {
  return state_words(state, {}, false);
}

std::string state_words(const State& state, const std::vector<std::string>& differs, bool color) {
  std::vector<std::string> out;
  for (const Phrase& p : phrases(state)) {
    const bool marked = std::ranges::find(differs, p.field) != differs.end();
    if (!p.set && !marked) continue;
    out.push_back(!marked ? p.text : color ? paint(p.text, kRed, true) : p.text + " (differs)");
  }
  return joined(out, " ");
}

std::string policy_words(const Policy& policy) {
  std::vector<std::string> out = selector_words(policy.sel);
  out.push_back(fmt::format("{} {}", policy.socket ? "socket" : "dir", policy.dir));
  if (policy.action != "allow") out.push_back(fmt::format("action {}", policy.action));
  out.push_back(fmt::format("priority {}", policy.priority));
  out.push_back(fmt::format("ptype {}", policy.type));
  if (!policy.mark.unset()) out.push_back(fmt::format("mark {}", mark_words(policy.mark)));
  if (policy.if_id) out.push_back(fmt::format("if_id {}", hex_words(policy.if_id)));
  for (const Template& t : policy.templates)
    out.push_back(template_words(t));
  return joined(out, " ");
}

} // namespace xs
