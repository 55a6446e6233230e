// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Compares templates with the SAs of the secpath.
#include "secpath.hpp"
#include "facts.hpp"
#include "flow.hpp"
#include "secpath_walk.hpp"

#include "../model/records.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

std::string spi(uint32_t number) {
  return fmt::format("{:#010x}", number);
}

// For the kernel's own SAs only the source counts, and whether the template is optional.
TemplateMisfit helper_misfit(const Template& t, const SecpathEntry& sa) {
  if (!t.optional) return {"level", "required", "use", sa, {}, {}};
  return {"src", *t.src, sa.src.value_or("?"), sa, {}, {}};
}

TemplateMisfit auth_misfit(const Template& t, const SecpathEntry& sa) {
  return {"auth-mask", fmt::format("{:08x}", t.auth_mask), fmt::format("{:08x}", 1u << (sa.aalgo & 31)), sa, {}, {}};
}

TemplateMisfit none_left(const Template& t, size_t at) {
  return {"sa", template_words(t), "none", {}, at, {}};
}

TemplateMisfit not_asked_for(const SecpathEntry& sa) {
  return {"sa", "none", fmt::format("{} {}", sa.proto, spi(sa.spi)), sa, {}, {}};
}

} // namespace

// xfrm_protocol_name has no word for their protocol, protocol_name has.
bool is_kernel_helper(const SecpathEntry& sa) {
  return sa.proto == "4" || sa.proto == "41" || sa.proto == "ipip" || sa.proto == "ipv6";
}

const std::vector<SecpathEntry>* secpath_of(const Event& e) {
  return e.packet_evidence && e.packet_evidence->secpath ? &*e.packet_evidence->secpath : nullptr;
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

// Compares fields in the order in which they are reported.
std::optional<TemplateMisfit> misfit(const Template& t, const SecpathEntry& sa, uint32_t if_id, uint8_t family) {
  const uint32_t refusal = refusal_of(t, sa, if_id, family);
  const auto differs = [&](const char* field, std::string want, std::string have) {
    return TemplateMisfit{field, std::move(want), std::move(have), sa, {}, {}};
  };
  if (!refusal) return {};
  if (is_kernel_helper(sa)) return helper_misfit(t, sa);
  if (refusal & DIFFERS_MODE) return differs("mode", t.mode, sa.mode);
  if (refusal & DIFFERS_REQID) return differs("reqid", std::to_string(t.reqid), std::to_string(sa.reqid));
  if (refusal & DIFFERS_SADDR) return differs("src", *t.src, sa.src.value_or("?"));
  if (refusal & DIFFERS_PROTO) return t.proto != sa.proto ? differs("proto", t.proto, sa.proto) : auth_misfit(t, sa);
  if (refusal & DIFFERS_SPI) return differs("spi", spi(t.spi), spi(sa.spi));
  return differs("if_id", fmt::format("{:#x}", if_id), fmt::format("{:#x}", sa.if_id));
}

namespace {

std::optional<TemplateMisfit> misfit_at(const Refused& r, const std::vector<Template>& templates,
                                        const std::vector<SecpathEntry>& secpath, uint32_t if_id, uint8_t family) {
  const SecpathEntry* sa = r.met && *r.met < secpath.size() ? &secpath[*r.met] : nullptr;
  if (r.at >= templates.size()) return sa ? std::optional(not_asked_for(*sa)) : std::nullopt;
  const Template& t = templates[r.at];
  if (!sa) return none_left(t, r.at);
  auto out = misfit(t, *sa, if_id, family);
  if (out) out->at = r.at;
  return out;
}

} // namespace

std::optional<TemplateMisfit> first_misfit(const std::vector<Template>& templates,
                                           const std::vector<SecpathEntry>& secpath, uint32_t if_id, uint8_t family) {
  const auto refused = walk_templates(templates, secpath, if_id, family);
  auto out = refused ? misfit_at(*refused, templates, secpath, if_id, family) : std::nullopt;
  if (out) out->met = refused->met;
  return out;
}

std::optional<TemplateMisfit> told_misfit(const Event& e) {
  const Policy* p = policy_of(e);
  const auto* secpath = secpath_of(e);
  if (!p || !secpath || !e.evidence->template_at) return {};
  return misfit_at({*e.evidence->template_at, e.evidence->secpath_at}, p->templates, *secpath, p->if_id,
                   family_of(p->sel));
}

} // namespace xs
