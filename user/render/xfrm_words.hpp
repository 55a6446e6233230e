// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// States and policies on one line, in ip-xfrm's words. Pure.
#pragma once

#include "../model/mirror.hpp"

namespace xs {

// "src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000055 reqid 1 mode tunnel mark 0x1/0xff if_id 0x2a dir in"; fields
// that are not set are left out.
std::string state_words(const State& state);
// Highlights the fields that `differs` names: in red, or with "(differs)" behind them without colour. These are printed
// even if they are not set.
std::string state_words(const State& state, const std::vector<std::string>& differs, bool color);

// "src 10.0.0.1/32 dst 10.0.0.2/32 proto icmp dir out priority 0 ptype main tmpl src ... dst ... proto esp ..."
std::string policy_words(const Policy& policy);

// {"src 10.0.0.1/32", "dst 10.0.0.2/32", "proto tcp", "sport 80", "dev eth0"}
std::vector<std::string> selector_words(const Selector& sel);
// "src 10.0.0.1 dst 10.0.0.2"; "???" if the family is not known
std::string ends_words(const std::optional<std::string>& src, const std::optional<std::string>& dst);
// "0x1/0xff"; "0" for 0, as in iproute2
std::string mark_words(const Mark& mark);
// "0x2a", "0"
std::string hex_words(uint32_t number);
// True for protocols whose SPI is printed even if it is 0.
bool has_spi(const std::string& proto);

} // namespace xs
