// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Adds and removes states and policies through PF_KEY, as key managers of old did.
#include <cerrno>
#include <cstring>

#include <linux/ipsec.h>
#include <linux/pfkeyv2.h>
#include <unistd.h>

#include "commands.hpp"
#include "socket.hpp"

namespace lab {
namespace {

constexpr size_t kUnit = 8; // lengths count these
constexpr size_t kAuthKeyBytes = 20, kCryptKeyBytes = 16;

/// A message under construction.
class KeyMessage {
public:
  KeyMessage(uint8_t type, uint8_t satype) : bytes_(sizeof(sadb_msg)) {
    head_.sadb_msg_version = PF_KEY_V2;
    head_.sadb_msg_type = type;
    head_.sadb_msg_satype = satype;
    head_.sadb_msg_seq = 1;
    head_.sadb_msg_pid = static_cast<uint32_t>(getpid());
  }

  /// An extension: its fixed part, whose length this fills in, and what follows.
  template <class Fixed> KeyMessage& with(Fixed fixed, const Bytes& rest = {}) {
    const size_t size = (sizeof(fixed) + rest.size() + kUnit - 1) / kUnit * kUnit;
    const auto units = static_cast<uint16_t>(size / kUnit);
    const size_t at = bytes_.size();
    bytes_.resize(at + size);
    std::memcpy(bytes_.data() + at, &fixed, sizeof(fixed));
    std::memcpy(bytes_.data() + at, &units, sizeof(units)); // the length comes first
    if (!rest.empty()) std::memcpy(bytes_.data() + at + sizeof(fixed), rest.data(), rest.size());
    return *this;
  }

  const Bytes& finish() {
    head_.sadb_msg_len = static_cast<uint16_t>(bytes_.size() / kUnit);
    std::memcpy(bytes_.data(), &head_, sizeof(head_));
    return bytes_;
  }

private:
  sadb_msg head_{};
  Bytes bytes_;
};

void add_address(KeyMessage& message, uint16_t kind, const std::string& text) {
  const Address address = Address::parse(text);
  const auto* raw = reinterpret_cast<const uint8_t*>(address.get());
  sadb_address made{};
  made.sadb_address_exttype = kind;
  made.sadb_address_prefixlen = address.is_v6() ? 128 : 32;
  message.with(made, Bytes(raw, raw + address.size()));
}

void add_ends(KeyMessage& message, const Args& args) {
  add_address(message, SADB_EXT_ADDRESS_SRC, args.text("src"));
  add_address(message, SADB_EXT_ADDRESS_DST, args.text("dst"));
}

void add_sa(KeyMessage& message, const Args& args) {
  sadb_sa made{};
  made.sadb_sa_exttype = SADB_EXT_SA;
  made.sadb_sa_spi = htonl(args.number("spi"));
  made.sadb_sa_replay = 32;
  made.sadb_sa_state = SADB_SASTATE_MATURE;
  made.sadb_sa_auth = SADB_AALG_SHA1HMAC;
  made.sadb_sa_encrypt = SADB_X_EALG_AESCBC;
  message.with(made);
}

void add_key(KeyMessage& message, uint16_t kind, size_t bytes) {
  sadb_key made{};
  made.sadb_key_exttype = kind;
  made.sadb_key_bits = static_cast<uint16_t>(bytes * 8);
  message.with(made, Bytes(bytes, 0x5c));
}

void add_mode(KeyMessage& message, const Args& args) {
  sadb_x_sa2 made{};
  made.sadb_x_sa2_exttype = SADB_X_EXT_SA2;
  made.sadb_x_sa2_mode = IPSEC_MODE_TRANSPORT;
  made.sadb_x_sa2_reqid = args.number("reqid", 0);
  message.with(made);
}

/// dir= out, and for a new policy one template: ESP in transport mode.
void add_policy(KeyMessage& message, const Args& args, bool with_template) {
  sadb_x_policy made{};
  made.sadb_x_policy_exttype = SADB_X_EXT_POLICY;
  made.sadb_x_policy_type = IPSEC_POLICY_IPSEC;
  made.sadb_x_policy_dir = IPSEC_DIR_OUTBOUND;
  sadb_x_ipsecrequest request{};
  request.sadb_x_ipsecrequest_len = sizeof(request);
  request.sadb_x_ipsecrequest_proto = IPPROTO_ESP;
  request.sadb_x_ipsecrequest_mode = IPSEC_MODE_TRANSPORT;
  request.sadb_x_ipsecrequest_level = IPSEC_LEVEL_REQUIRE;
  request.sadb_x_ipsecrequest_reqid = static_cast<uint16_t>(args.number("reqid", 0));
  const auto* raw = reinterpret_cast<const uint8_t*>(&request);
  message.with(made, with_template ? Bytes(raw, raw + sizeof(request)) : Bytes());
}

void add_range(KeyMessage& message, const Args& args) {
  sadb_spirange made{};
  made.sadb_spirange_exttype = SADB_EXT_SPIRANGE;
  made.sadb_spirange_min = made.sadb_spirange_max = args.number("spi");
  message.with(made);
}

struct Request {
  const char* name;
  uint8_t type, satype;
  void (*fill)(KeyMessage&, const Args&);
};

void fill_new_state(KeyMessage& message, const Args& args) {
  add_sa(message, args);
  add_ends(message, args);
  add_key(message, SADB_EXT_KEY_AUTH, kAuthKeyBytes);
  add_key(message, SADB_EXT_KEY_ENCRYPT, kCryptKeyBytes);
  add_mode(message, args);
}

void fill_state(KeyMessage& message, const Args& args) {
  add_sa(message, args);
  add_ends(message, args);
}

void fill_spi(KeyMessage& message, const Args& args) {
  add_ends(message, args);
  add_range(message, args);
  add_mode(message, args);
}

void fill_new_policy(KeyMessage& message, const Args& args) {
  add_ends(message, args);
  add_policy(message, args, true);
}

void fill_policy(KeyMessage& message, const Args& args) {
  add_ends(message, args);
  add_policy(message, args, false);
}

void fill_nothing(KeyMessage&, const Args&) {}

constexpr Request kRequests[] = {
    {"add", SADB_ADD, SADB_SATYPE_ESP, fill_new_state},
    {"update", SADB_UPDATE, SADB_SATYPE_ESP, fill_new_state},
    {"getspi", SADB_GETSPI, SADB_SATYPE_ESP, fill_spi},
    {"delete", SADB_DELETE, SADB_SATYPE_ESP, fill_state},
    {"flush", SADB_FLUSH, SADB_SATYPE_UNSPEC, fill_nothing},
    {"spdadd", SADB_X_SPDADD, SADB_SATYPE_UNSPEC, fill_new_policy},
    {"spddelete", SADB_X_SPDDELETE, SADB_SATYPE_UNSPEC, fill_policy},
    {"spdflush", SADB_X_SPDFLUSH, SADB_SATYPE_UNSPEC, fill_nothing},
};

const Request& request_of(const std::string& name) {
  for (const Request& one : kRequests)
    if (name == one.name) return one;
  throw UsageError("do=" + name + ": expected add, update, getspi, delete, flush, spdadd, spddelete or spdflush");
}

} // namespace

void pfkey(const Words& words) {
  const Args args(words, "do src dst spi reqid");
  const Request& wanted = request_of(args.text("do"));
  KeyMessage message(wanted.type, wanted.satype);
  wanted.fill(message, args);
  const Bytes& bytes = message.finish();
  const Fd socket = open_socket(AF_KEY, SOCK_RAW, PF_KEY_V2);
  if (send(socket.get(), bytes.data(), bytes.size(), 0) < 0) throw SystemError("send to PF_KEY");
  sadb_msg answer{};
  if (recv(socket.get(), &answer, sizeof(answer), 0) < 0) throw SystemError("read PF_KEY's answer");
  errno = answer.sadb_msg_errno;
  if (errno) throw SystemError("do=" + args.text("do"));
}

} // namespace lab
