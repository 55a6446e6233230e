// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where an operand is found and why that is believed, in the words of an assembler.
#pragma once

#include "../model/site.hpp"

#include <string>

namespace xs {

// "rbx", "[rsp+0x28]", "rbx-0x10": the object's address is what is found there, plus the addend. "rsp+0x28": it is
// this very address.
std::string place(const Operand& operand, Processor processor);
// "rbx", "x19", by the resolver's number.
std::string register_name(uint8_t number, Processor processor);
// "+0x28", "-0x10", and nothing for 0.
std::string signed_hex(int32_t n);
// What a mark notes: "flow", "error".
const char* mark_name(SiteMark::Kind kind);
// "argument", "member", ...
const char* proof_name(Proof proof);

} // namespace xs
