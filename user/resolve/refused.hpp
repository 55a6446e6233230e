// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Finds where the lookup of an outbound policy refuses a flow and counts nothing.
#pragma once

#include "../model/site.hpp"
#include "trace.hpp"

#include <vector>

namespace xs {

// Sites of LOSS_DEFAULT_BLOCK and LOSS_SOCKET_POLICY in kLookupFunction, as it was traced. Compilers may have dropped
// the flow by then, which nothing needs any more; the netns is known.
std::vector<Site> refused_lookups(const Trace& traced, const Symbol& function, const Types& types, const Arch& arch);

} // namespace xs
