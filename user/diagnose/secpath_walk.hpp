// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Checks the templates of a policy by the code of the BPF side (bpf/secpath_walk.h), for policies that it did not have
// at hand.
#pragma once

#include "../model/event.hpp"

namespace xs {

struct Refused {
  size_t at;                 // the template; one more than there are: an SA that no template asks for
  std::optional<size_t> met; // the SA of the secpath; none: none is left for the template
};

// The template that no SA of the secpath meets, or the SA that no template asks for; none: all are met.
// `if_id`: of the lookup, 0: any; `family`: of the flow, 4 or 6.
std::optional<Refused> walk_templates(const std::vector<Template>& templates, const std::vector<SecpathEntry>& secpath,
                                      uint32_t if_id, uint8_t family);

// The fields in which the SA differs from the template: enum differs.
uint32_t refusal_of(const Template& t, const SecpathEntry& sa, uint32_t if_id, uint8_t family);

} // namespace xs
