// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Tables of names.
#include "names.hpp"
#include "../model/records.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <fmt/format.h>
#include <iterator>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <span>

namespace xs {
namespace {

struct Name {
  uint32_t number;
  const char* name;
};
using Names = std::span<const Name>;

constexpr Name kXfrmProtocols[] = {{50, "esp"},    {51, "ah"},  {108, "comp"},
                                   {43, "route2"}, {60, "hao"}, {255, "ipsec-any"}};

constexpr Name kUpperProtocols[] = {{1, "icmp"},
                                    {2, "igmp"},
                                    {3, "ggp"},
                                    {4, "ipencap"},
                                    {5, "st"},
                                    {6, "tcp"},
                                    {8, "egp"},
                                    {9, "igp"},
                                    {12, "pup"},
                                    {17, "udp"},
                                    {20, "hmp"},
                                    {22, "xns-idp"},
                                    {27, "rdp"},
                                    {29, "iso-tp4"},
                                    {33, "dccp"},
                                    {36, "xtp"},
                                    {37, "ddp"},
                                    {38, "idpr-cmtp"},
                                    {41, "ipv6"},
                                    {43, "ipv6-route"},
                                    {44, "ipv6-frag"},
                                    {45, "idrp"},
                                    {46, "rsvp"},
                                    {47, "gre"},
                                    {50, "esp"},
                                    {51, "ah"},
                                    {57, "skip"},
                                    {58, "ipv6-icmp"},
                                    {59, "ipv6-nonxt"},
                                    {60, "ipv6-opts"},
                                    {73, "rspf"},
                                    {81, "vmtp"},
                                    {88, "eigrp"},
                                    {89, "ospf"},
                                    {93, "ax.25"},
                                    {94, "ipip"},
                                    {97, "etherip"},
                                    {98, "encap"},
                                    {103, "pim"},
                                    {108, "ipcomp"},
                                    {112, "vrrp"},
                                    {115, "l2tp"},
                                    {124, "isis"},
                                    {132, "sctp"},
                                    {133, "fc"},
                                    {136, "udplite"},
                                    {137, "mpls-in-ip"},
                                    {138, "manet"},
                                    {135, "mobility-header"},
                                    {139, "hip"},
                                    {140, "shim6"},
                                    {141, "wesp"},
                                    {142, "rohc"},
                                    {143, "ethernet"}};

constexpr uint32_t kModeIptfs = 5; // XFRM_MODE_IPTFS, since Linux 6.14

constexpr Name kModes[] = {
    {XFRM_MODE_TRANSPORT, "transport"},   {XFRM_MODE_TUNNEL, "tunnel"}, {XFRM_MODE_ROUTEOPTIMIZATION, "ro"},
    {XFRM_MODE_IN_TRIGGER, "in_trigger"}, {XFRM_MODE_BEET, "beet"},     {kModeIptfs, "iptfs"}};

// enum of XFRM_STATE_VOID .. DEAD, which only the kernel has.
constexpr Name kKmStates[] = {{0, "void"}, {1, "acq"}, {2, "valid"}, {3, "error"}, {4, "expired"}, {5, "dead"}};

constexpr uint32_t kEncapTcp = 7; // TCP_ENCAP_ESPINTCP, since Linux 5.6

constexpr Name kEncaps[] = {
    {UDP_ENCAP_ESPINUDP_NON_IKE, "espinudp-nonike"}, {UDP_ENCAP_ESPINUDP, "espinudp"}, {kEncapTcp, "espintcp"}};

constexpr Name kAlgorithmKinds[] = {
    {ALGORITHM_AEAD, "aead"}, {ALGORITHM_ENC, "enc"}, {ALGORITHM_COMP, "comp"}, {ALGORITHM_AUTH, "auth-trunc"}};

constexpr Name kShares[] = {
    {XFRM_SHARE_ANY, "any"}, {XFRM_SHARE_SESSION, "session"}, {XFRM_SHARE_USER, "user"}, {XFRM_SHARE_UNIQUE, "unique"}};

constexpr Name kDirections[] = {{XFRM_POLICY_IN, "in"}, {XFRM_POLICY_OUT, "out"}, {XFRM_POLICY_FWD, "fwd"}};
constexpr Name kPolicyTypes[] = {{XFRM_POLICY_TYPE_MAIN, "main"}, {XFRM_POLICY_TYPE_SUB, "sub"}};
constexpr Name kActions[] = {{XFRM_POLICY_ALLOW, "allow"}, {XFRM_POLICY_BLOCK, "block"}};
constexpr Name kDefaults[] = {{0, "unspec"}, {1, "block"}, {2, "accept"}}; // XFRM_USERPOLICY_*
constexpr Name kChanges[] = {
    {CHANGE_ADD, "add"}, {CHANGE_UPDATE, "update"}, {CHANGE_DELETE, "delete"}, {CHANGE_EXPIRE, "expire"}};

// In the order in which iproute2 names them.
constexpr Name kStateFlags[] = {{XFRM_STATE_NOECN, "noecn"},
                                {XFRM_STATE_DECAP_DSCP, "decap-dscp"},
                                {XFRM_STATE_NOPMTUDISC, "nopmtudisc"},
                                {XFRM_STATE_WILDRECV, "wildrecv"},
                                {XFRM_STATE_ICMP, "icmp"},
                                {XFRM_STATE_AF_UNSPEC, "af-unspec"},
                                {XFRM_STATE_ALIGN4, "align4"},
                                {XFRM_STATE_ESN, "esn"}};
constexpr Name kExtraFlags[] = {{1, "dont-encap-dscp"}, {2, "oseq-may-wrap"}}; // XFRM_SA_XFLAG_*
constexpr Name kPolicyFlags[] = {{XFRM_POLICY_LOCALOK, "localok"}, {XFRM_POLICY_ICMP, "icmp"}};

constexpr Name kDiffers[] = {{DIFFERS_REQID, "reqid"}, {DIFFERS_MODE, "mode"},   {DIFFERS_MARK, "mark"},
                             {DIFFERS_IF_ID, "if_id"}, {DIFFERS_SPI, "spi"},     {DIFFERS_DADDR, "daddr"},
                             {DIFFERS_SADDR, "saddr"}, {DIFFERS_PROTO, "proto"}, {DIFFERS_DIR, "dir"},
                             {DIFFERS_SELECTOR, "sel"}};

std::string word(Names names, uint32_t number) {
  for (const Name& n : names)
    if (n.number == number) return n.name;
  return std::to_string(number);
}

uint32_t number(Names names, const std::string& word) {
  for (const Name& n : names)
    if (word == n.name) return n.number;
  return static_cast<uint32_t>(std::strtoul(word.c_str(), nullptr, 10));
}

// The words of the flags that have one; these are removed from `flags`.
std::vector<std::string> words(Names names, uint32_t& flags) {
  std::vector<std::string> out;
  for (const Name& n : names) {
    if (flags & n.number) out.emplace_back(n.name);
    flags &= ~n.number;
  }
  return out;
}

std::vector<std::string> all_words(Names names, uint32_t flags) {
  std::vector<std::string> out = words(names, flags);
  if (flags) out.push_back(fmt::format("{:x}", flags));
  return out;
}

} // namespace

std::string xfrm_protocol_name(uint8_t proto) {
  return word(kXfrmProtocols, proto);
}
std::string upper_protocol_name(uint8_t proto) {
  return word(kUpperProtocols, proto);
}
std::string mode_name(uint8_t mode) {
  return word(kModes, mode);
}
uint8_t xfrm_protocol_number(const std::string& name) {
  return static_cast<uint8_t>(number(kXfrmProtocols, name));
}
uint8_t mode_number(const std::string& name) {
  return static_cast<uint8_t>(number(kModes, name));
}
std::string km_state_name(uint8_t state) {
  return word(kKmStates, state);
}
std::string encap_name(uint16_t type) {
  return word(kEncaps, type);
}
std::string algorithm_kind_name(uint16_t kind) {
  return word(kAlgorithmKinds, kind);
}
std::string share_name(uint8_t share) {
  return word(kShares, share);
}
std::string direction_name(uint8_t dir) {
  return word(kDirections, dir);
}
std::string policy_type_name(uint8_t type) {
  return word(kPolicyTypes, type);
}
std::string action_name(uint8_t action) {
  return word(kActions, action);
}
std::string default_name(uint8_t setting) {
  return word(kDefaults, setting);
}
std::string change_name(uint32_t op) {
  return word(kChanges, op);
}

std::vector<std::string> state_flag_names(uint8_t flags) {
  return all_words(kStateFlags, flags);
}
std::vector<std::string> extra_flag_names(uint32_t flags) {
  return all_words(kExtraFlags, flags);
}
std::vector<std::string> policy_flag_names(uint8_t flags) {
  return all_words(kPolicyFlags, flags);
}
std::vector<std::string> differs_names(uint16_t differs) {
  uint32_t flags = differs;
  return words(kDiffers, flags);
}

namespace {

// Faster than inet_ntop, which calls sprintf.
std::string ipv4_text(const uint8_t* bytes) {
  char text[INET_ADDRSTRLEN], *at = text;
  for (size_t i = 0; i < 4; i++) {
    if (i) *at++ = '.';
    at = std::to_chars(at, std::end(text), bytes[i]).ptr;
  }
  return {text, at};
}

} // namespace

std::optional<std::string> address_text(const uint8_t* bytes, uint16_t family) {
  if (family == AF_INET) return ipv4_text(bytes);
  char text[INET6_ADDRSTRLEN] = "";
  if (!inet_ntop(family, bytes, text, sizeof(text))) return {};
  return text;
}

} // namespace xs
