// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Compares templates with the secpath.
#include "secpath.hpp"
#include "facts.hpp"
#include "flow.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <fmt/format.h>

namespace xs {
namespace {

constexpr const char* kTransport = "transport";

std::string spi(uint32_t number) {
  return fmt::format("{:#010x}", number);
}

using Bytes = std::array<uint8_t, 16>;

// As the kernel keeps an address: of IPv4 the first four bytes.
Bytes bytes_of(const std::optional<std::string>& address) {
  Bytes out{};
  if (address) inet_pton(address_family(address) == 6 ? AF_INET6 : AF_INET, address->c_str(), out.data());
  return out;
}

bool other_source(const Template& t, const SecpathEntry& sa, uint8_t family) {
  const Bytes want = bytes_of(t.src), have = bytes_of(sa.src);
  const size_t compared = family == 4 ? 4 : want.size();
  if (std::all_of(want.begin(), want.begin() + static_cast<ptrdiff_t>(compared), [](uint8_t b) { return b == 0; }))
    return false;
  return std::memcmp(want.data(), have.data(), compared) != 0;
}

std::optional<TemplateMisfit> helper_misfit(const Template& t, const SecpathEntry& sa) {
  if (!t.optional) return TemplateMisfit{"level", "required", "use", sa, {}, {}};
  if (other_source(t, sa, address_family(t.src)))
    return TemplateMisfit{"src", *t.src, sa.src.value_or("?"), sa, {}, {}};
  return {};
}

TemplateMisfit none_left(const Template& t, size_t at) {
  return {"sa", template_words(t), "none", {}, at, {}};
}

TemplateMisfit not_asked_for(const SecpathEntry& sa) {
  return {"sa", "none", fmt::format("{} {}", sa.proto, spi(sa.spi)), sa, {}, {}};
}

} // namespace

bool limits_algorithms(const Template& t) {
  return (t.proto == "esp" || t.proto == "ah" || t.proto == "comp") && t.auth_mask != ~0u;
}

// xfrm_protocol_name has no word for them, protocol_name has.
bool is_kernel_helper(const SecpathEntry& sa) {
  return sa.proto == "4" || sa.proto == "41" || sa.proto == "ipip" || sa.proto == "ipv6";
}

const std::vector<SecpathEntry>* secpath_of(const Event& e) {
  return e.clues && e.clues->secpath ? &*e.clues->secpath : nullptr;
}

bool is_elsewhere(const SecpathEntry& sa, const Event& e) {
  return sa.netns && e.netns.inum && *sa.netns != *e.netns.inum;
}

bool crossed_netns(const Event& e) {
  const auto* secpath = secpath_of(e);
  return secpath && std::ranges::any_of(*secpath, [&](const SecpathEntry& s) { return is_elsewhere(s, e); });
}

std::string template_words(const Template& t) {
  return fmt::format("{} {} reqid {}", t.proto, t.mode, t.reqid);
}

// In the order in which they are told; what a template leaves open fits. The kernel does not look at the destination.
std::optional<TemplateMisfit> misfit(const Template& t, const SecpathEntry& sa, uint32_t if_id, uint8_t family) {
  const auto differs = [&](const char* field, std::string want, std::string have) {
    return TemplateMisfit{field, std::move(want), std::move(have), sa, {}, {}};
  };
  if (is_kernel_helper(sa)) return helper_misfit(t, sa);
  if (t.mode != sa.mode) return differs("mode", t.mode, sa.mode);
  if (t.reqid && t.reqid != sa.reqid) return differs("reqid", std::to_string(t.reqid), std::to_string(sa.reqid));
  if (sa.mode != kTransport && other_source(t, sa, family)) return differs("src", *t.src, sa.src.value_or("?"));
  if (t.proto != sa.proto) return differs("proto", t.proto, sa.proto);
  if (t.spi && t.spi != sa.spi) return differs("spi", spi(t.spi), spi(sa.spi));
  if (if_id && if_id != sa.if_id) return differs("if_id", fmt::format("{:#x}", if_id), fmt::format("{:#x}", sa.if_id));
  return {};
}

std::optional<TemplateMisfit> first_misfit(const std::vector<Template>& templates,
                                           const std::vector<SecpathEntry>& secpath, uint32_t if_id, uint8_t family) {
  size_t at = 0;                                // SAs before it are taken
  for (size_t i = templates.size(); i-- > 0;) { // the last template is that of the outermost SA
    const Template& t = templates[i];
    if (t.optional && t.mode == kTransport) continue;
    std::optional<TemplateMisfit> first;
    size_t k = at;
    for (; k < secpath.size(); k++) {
      const auto wrong = misfit(t, secpath[k], if_id, family);
      if (!wrong) break;
      if (!first) {
        first = wrong;
        first->met = k;
      }
      if (secpath[k].mode != kTransport) k = secpath.size(); // no template reaches behind it
    }
    if (k < secpath.size()) {
      at = k + 1;
    } else if (!t.optional) {
      if (!first) return none_left(t, i);
      first->at = i;
      return first;
    }
  }
  for (; at < secpath.size(); at++)
    if (secpath[at].mode != kTransport) {
      TemplateMisfit out = not_asked_for(secpath[at]);
      out.met = at;
      return out;
    }
  return {};
}

std::optional<TemplateMisfit> told_misfit(const Event& e) {
  const Policy* p = policy_of(e);
  const auto* secpath = secpath_of(e);
  if (!p || !secpath || !e.evidence->template_at) return {};
  const size_t at = *e.evidence->template_at;
  const auto& met = e.evidence->secpath_at;
  const SecpathEntry* sa = met && *met < secpath->size() ? &(*secpath)[*met] : nullptr;
  if (at >= p->templates.size()) return sa ? std::optional(not_asked_for(*sa)) : std::nullopt;
  const Template& t = p->templates[at];
  if (!sa) return none_left(t, at);
  auto out = misfit(t, *sa, p->if_id, family_of(p->sel));
  if (!out && limits_algorithms(t))
    out = TemplateMisfit{"auth-mask", fmt::format("{:08x}", t.auth_mask), "another one", *sa, {}, {}};
  if (out) out->at = at;
  return out;
}

} // namespace xs
