// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What people ask for on the command line, as the kernel side compares it. Pure. None: it cannot be read so.
#pragma once

#include "../model/records.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace xs {

// "192.0.2.1", "192.0.2.0/24", "2001:db8::/32"; bits behind the prefix do not count.
std::optional<prefix> parse_prefix(const std::string& text);
// "0x101" or "257", in network order; 0 is none.
std::optional<uint32_t> parse_spi(std::string_view text);

struct MarkWords {
  uint32_t value, mask;
};
// "0x1/0xff", "1"; a value beyond its mask matches nothing, which is refused.
std::optional<MarkWords> parse_mark(std::string_view text);

// At most 15 bytes, none of them a blank or a slash. True if it was put into the filter.
bool put_ifname(filter& into, const std::string& name);

} // namespace xs
