// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What would make a policy's templates take the SAs that a packet came through: another order, or one template more.
// Pure.
#pragma once

#include "secpath.hpp"

namespace xs {

// The policy with its templates in the order of the SAs; none: that would not be enough.
std::optional<Policy> reordered(const Policy& p, const std::vector<SecpathEntry>& secpath);

// The policy with a template for that SA besides its own; none: that would not be enough.
std::optional<Policy> with_template_for(const Policy& p, const SecpathEntry& sa,
                                        const std::vector<SecpathEntry>& secpath);

// The SA `met`, which a template stopped at, if none of the policy's templates asks for it and that one is met by an SA
// further in; nullptr: it is not so. The kernel passes over no tunnel.
const SecpathEntry* uninvited(const Policy& p, size_t at, size_t met, const std::vector<SecpathEntry>& secpath);

} // namespace xs
