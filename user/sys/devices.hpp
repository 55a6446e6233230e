// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The network devices that a netns has.
#pragma once

#include "result.hpp"

#include <map>
#include <string>

namespace xs {

using Devices = std::map<unsigned, std::string>; // names by index

// In the netns of the calling thread. A netns without any is no error.
Result<Devices> list_devices();

} // namespace xs
