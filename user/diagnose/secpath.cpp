// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Compares templates with the secpath.
#include "secpath.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

constexpr const char* kTransport = "transport";

std::string spi(uint32_t number) {
  return fmt::format("{:#010x}", number);
}

bool any_address(const std::optional<std::string>& address) {
  return !address || *address == "0.0.0.0" || *address == "::";
}

// In the order in which they are told; what a template leaves open fits. The kernel does not look at the destination.
std::optional<TemplateMisfit> misfit(const Template& t, const SecpathEntry& sa, uint32_t if_id) {
  const bool tunnel = sa.mode != kTransport;
  if (t.mode != sa.mode) return TemplateMisfit{"mode", t.mode, sa.mode, sa};
  if (t.reqid && t.reqid != sa.reqid)
    return TemplateMisfit{"reqid", std::to_string(t.reqid), std::to_string(sa.reqid), sa};
  if (tunnel && !any_address(t.src) && t.src != sa.src) return TemplateMisfit{"src", *t.src, sa.src.value_or("?"), sa};
  if (t.proto != sa.proto && t.proto != "ipsec-any") return TemplateMisfit{"proto", t.proto, sa.proto, sa};
  if (t.spi && t.spi != sa.spi) return TemplateMisfit{"spi", spi(t.spi), spi(sa.spi), sa};
  if (if_id && if_id != sa.if_id)
    return TemplateMisfit{"if_id", fmt::format("{:#x}", if_id), fmt::format("{:#x}", sa.if_id), sa};
  return {};
}

std::string words(const Template& t) {
  return fmt::format("{} {} reqid {}", t.proto, t.mode, t.reqid);
}

} // namespace

std::optional<TemplateMisfit> first_misfit(const std::vector<Template>& templates,
                                           const std::vector<SecpathEntry>& secpath, uint32_t if_id) {
  size_t at = 0;                                // SAs before it are taken
  for (size_t i = templates.size(); i-- > 0;) { // the last template is that of the outermost SA
    const Template& t = templates[i];
    if (t.optional && t.mode == kTransport) continue;
    std::optional<TemplateMisfit> worst;
    size_t k = at;
    for (; k < secpath.size(); k++) {
      const auto wrong = misfit(t, secpath[k], if_id);
      if (!wrong) break;
      if (!worst) worst = wrong;
      if (secpath[k].mode != kTransport) k = secpath.size();
    }
    if (k < secpath.size()) {
      at = k + 1;
    } else if (!t.optional) {
      return worst ? worst : TemplateMisfit{"sa", words(t), "none", {}};
    }
  }
  for (; at < secpath.size(); at++)
    if (secpath[at].mode != kTransport)
      return TemplateMisfit{"sa", "none", fmt::format("{} {}", secpath[at].proto, spi(secpath[at].spi)), secpath[at]};
  return {};
}

} // namespace xs
