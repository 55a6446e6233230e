// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Holds the SAs that a packet came through against the templates of its policy, as the kernel does (xfrm_policy_ok,
// xfrm_state_ok). Pure.
#pragma once

#include "../model/event.hpp"

#include <string>

namespace xs {

struct TemplateMisfit {
  std::string field;      // "mode", "reqid", "src", "proto", "spi", "if_id", "sa"
  std::string want, have; // of the template, of the SA; "sa": a template that no SA is left for, or an SA that no
                          // template asks for
  std::optional<SecpathEntry> sa;
};

// The first template that is not met, and in what; none: all are met. `if_id` is the policy's, 0: any.
std::optional<TemplateMisfit> first_misfit(const std::vector<Template>& templates,
                                           const std::vector<SecpathEntry>& secpath, uint32_t if_id);

} // namespace xs
