// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel side's walk over the templates of a policy (bpf/secpath_walk.h), for policies that it did not have at
// hand.
#pragma once

#include "../model/event.hpp"

namespace xs {

struct Refused {
  size_t at;                 // which template; one more than there are: an SA that no template asks for
  std::optional<size_t> met; // which SA of the secpath; none: none is left for the template
};

// The template that no SA of the secpath meets, or the SA that no template asks for; none: all is met. `if_id` is that
// of the look-up, 0: any; `family` that of the flow, 4 or 6.
std::optional<Refused> walk_templates(const std::vector<Template>& templates, const std::vector<SecpathEntry>& secpath,
                                      uint32_t if_id, uint8_t family);

// In what the SA is not what the template asks for: enum differs.
uint32_t refusal_of(const Template& t, const SecpathEntry& sa, uint32_t if_id, uint8_t family);

} // namespace xs
