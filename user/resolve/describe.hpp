// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A site as one line of text.
#pragma once

#include "../model/site.hpp"

#include <string>

namespace xs {

// "xfrm_input+0x7ac XfrmInNoStates skb=rbx(argument) net=[rsp+0x28](member)"
std::string describe(const Site& site);
std::string describe(const SiteMark& mark);

} // namespace xs
