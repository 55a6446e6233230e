// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Tries other orders of templates. The last template is for the outermost SA, the first one of the secpath.
#include "template_order.hpp"
#include "policy_words.hpp"
#include "facts.hpp"
#include "flow.hpp"

#include <algorithm>

namespace xs {
namespace {

bool fits(const Policy& p, const Template& t, const SecpathEntry& sa) {
  return !misfit(t, sa, p.if_id, family_of(p.sel));
}

bool takes(const Policy& p, const std::vector<SecpathEntry>& secpath) {
  return !first_misfit(p.templates, secpath, p.if_id, family_of(p.sel));
}

// The number of the first SA that it fits; none: it fits none.
std::optional<size_t> place_of(const Policy& p, const Template& t, const std::vector<SecpathEntry>& secpath) {
  const auto it = std::ranges::find_if(secpath, [&](const SecpathEntry& sa) { return fits(p, t, sa); });
  if (it == secpath.end()) return {};
  return static_cast<size_t>(it - secpath.begin());
}

// The template that the SA meets whatever its algorithms are.
Template any_algorithms(const SecpathEntry& sa) {
  Template t = template_for(sa);
  t.enc_mask = t.auth_mask = t.comp_mask = ~0u;
  return t;
}

} // namespace

std::optional<Policy> reordered(const Policy& p, const std::vector<SecpathEntry>& secpath) {
  const auto place = [&](const Template& t) { return place_of(p, t, secpath); };
  if (!std::ranges::all_of(p.templates, [&](const Template& t) { return place(t).has_value(); })) return {};
  Policy out = p;
  std::ranges::stable_sort(out.templates, std::ranges::greater(), place);
  return takes(out, secpath) ? std::optional(out) : std::nullopt;
}

std::optional<Policy> with_template_for(const Policy& p, const SecpathEntry& sa,
                                        const std::vector<SecpathEntry>& secpath) {
  for (size_t i = 0; i <= p.templates.size(); i++) {
    Policy out = p;
    out.templates.insert(out.templates.begin() + static_cast<std::ptrdiff_t>(i), any_algorithms(sa));
    if (takes(out, secpath)) return out;
  }
  return {};
}

const SecpathEntry* uninvited(const Policy& p, size_t at, size_t met, const std::vector<SecpathEntry>& secpath) {
  if (at >= p.templates.size() || met >= secpath.size() || secpath[met].mode == "transport") return nullptr;
  const SecpathEntry& sa = secpath[met];
  if (std::ranges::any_of(p.templates, [&](const Template& t) { return fits(p, t, sa); })) return nullptr;
  const bool further = std::any_of(secpath.begin() + static_cast<std::ptrdiff_t>(met) + 1, secpath.end(),
                                   [&](const SecpathEntry& one) { return fits(p, p.templates[at], one); });
  return further ? &sa : nullptr;
}

} // namespace xs
