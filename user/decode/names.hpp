// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// iproute2's words for the kernel's numbers. A number without a word stays a number. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace xs {

std::string xfrm_protocol_name(uint8_t proto);  // of a state or template: "esp", "ah", "comp", "route2", "hao"
std::string upper_protocol_name(uint8_t proto); // of a selector: as in Debian's /etc/protocols
std::string mode_name(uint8_t mode);            // "transport", "tunnel", ...
std::string km_state_name(uint8_t state);       // "acq", "valid", ...
std::string encap_name(uint16_t type);          // "espinudp", ...
std::string algorithm_kind_name(uint16_t kind); // "aead", "enc", "comp", "auth-trunc"
std::string share_name(uint8_t share);          // "any", "session", ...
std::string direction_name(uint8_t dir);        // of a policy: "in", "out", "fwd"
std::string policy_type_name(uint8_t type);     // "main", "sub"
std::string action_name(uint8_t action);        // "allow", "block"
std::string default_name(uint8_t setting);      // "accept", "block"
std::string change_name(uint32_t op);           // "add", "update", "delete", "expire"

// The reverse: numbers of words.
uint8_t xfrm_protocol_number(const std::string& name);
uint8_t mode_number(const std::string& name);

// A word for each flag; flags without a word follow as one hexadecimal number.
std::vector<std::string> state_flag_names(uint8_t flags);
std::vector<std::string> extra_flag_names(uint32_t flags);
std::vector<std::string> policy_flag_names(uint8_t flags);
// Fields of enum differs, in its order.
std::vector<std::string> differs_names(uint16_t differs);

// None if the family (AF_*) is neither IPv4 nor IPv6.
std::optional<std::string> address_text(const uint8_t* bytes, uint16_t family);

} // namespace xs
