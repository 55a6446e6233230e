// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Parses values of filter options into what the BPF programs compare. Pure. None: invalid.
#pragma once

#include "../model/records.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace xs {

// "192.0.2.1", "192.0.2.0/24", "2001:db8::/32"; bits beyond the prefix are ignored.
std::optional<prefix> parse_prefix(const std::string& text);
// "0x101" or "257", in network order; 0 is invalid.
std::optional<uint32_t> parse_spi(std::string_view text);

struct MarkWords {
  uint32_t value, mask;
};
// "0x1/0xff", "1"; a value with bits outside its mask would match nothing, and is invalid.
std::optional<MarkWords> parse_mark(std::string_view text);

// A name of at most 15 bytes without blanks and slashes. False: invalid.
bool put_ifname(filter& into, const std::string& name);

} // namespace xs
