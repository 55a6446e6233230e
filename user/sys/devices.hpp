// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The network devices of a netns.
#pragma once

#include "result.hpp"

#include <map>
#include <string>

namespace xs {

using Devices = std::map<unsigned, std::string>; // names by index

// Those in the netns of the calling thread; none at all is no error.
Result<Devices> list_devices();

} // namespace xs
