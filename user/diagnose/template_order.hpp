// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Corrections that would make a policy's templates accept the SAs of a packet: another order, or one more template.
// Pure.
#pragma once

#include "secpath.hpp"

namespace xs {

// The policy with its templates in the order of the SAs; none: that would not help.
std::optional<Policy> reordered(const Policy& p, const std::vector<SecpathEntry>& secpath);

// The policy with an additional template for that SA; none: that would not help.
std::optional<Policy> with_template_for(const Policy& p, const SecpathEntry& sa,
                                        const std::vector<SecpathEntry>& secpath);

// The SA `met`, at which a template stopped, if no template of the policy asks for it and an SA further in meets that
// template; else nullptr. The kernel skips no tunnel.
const SecpathEntry* uninvited(const Policy& p, size_t at, size_t met, const std::vector<SecpathEntry>& secpath);

} // namespace xs
