// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Messages to the kernel's XFRM over netlink.
#include "netlink.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>

#include <linux/netlink.h>

namespace lab {

xfrm_address_t xfrm_address(const Address& from) {
  xfrm_address_t made{};
  std::memcpy(&made, from.bytes().data(), from.bytes().size());
  return made;
}

xfrm_lifetime_cfg unlimited() {
  xfrm_lifetime_cfg made{};
  made.hard_byte_limit = made.hard_packet_limit = XFRM_INF;
  made.soft_byte_limit = made.soft_packet_limit = XFRM_INF;
  return made;
}

uint8_t mode_of(const Args& args) {
  const std::string text = args.text("mode", "transport");
  if (text == "transport") return XFRM_MODE_TRANSPORT;
  if (text == "tunnel") return XFRM_MODE_TUNNEL;
  throw UsageError("mode=" + text + ": expected transport or tunnel");
}

xfrm_usersa_info state_of(const Args& args) {
  const Address src = Address::parse(args.text("src"));
  xfrm_usersa_info state{};
  state.saddr = xfrm_address(src);
  state.id.daddr = xfrm_address(Address::parse(args.text("dst")));
  state.id.spi = htonl(args.number("spi"));
  state.id.proto = IPPROTO_ESP;
  state.family = static_cast<uint16_t>(src.family());
  state.reqid = args.number("reqid", 0);
  state.mode = mode_of(args);
  state.lft = unlimited();
  return state;
}

Message::Message(uint16_t type, uint16_t flags) : bytes_(NLMSG_HDRLEN) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  std::memcpy(bytes_.data(), &header, sizeof(header));
}

void Message::append(const void* data, size_t size) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  bytes_.insert(bytes_.end(), bytes, bytes + size);
  bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  const auto length = static_cast<uint32_t>(bytes_.size());
  std::memcpy(bytes_.data(), &length, sizeof(length)); // nlmsg_len comes first
}

Message& Message::with(uint16_t attribute, const void* data, size_t size) {
  const nlattr header{static_cast<uint16_t>(sizeof(nlattr) + size), attribute};
  Bytes whole(sizeof(header) + size);
  std::memcpy(whole.data(), &header, sizeof(header));
  if (size) std::memcpy(whole.data() + sizeof(header), data, size);
  append(whole.data(), whole.size());
  return *this;
}

void add_algorithm(Message& message, uint16_t attribute, const std::string& name, const Bytes& key, uint32_t icv_bits) {
  const bool has_icv = attribute != XFRMA_ALG_CRYPT && attribute != XFRMA_ALG_COMP;
  const size_t fixed = has_icv ? sizeof(xfrm_algo_aead) : sizeof(xfrm_algo);
  static_assert(sizeof(xfrm_algo_aead) == sizeof(xfrm_algo_auth));
  Bytes whole(fixed + key.size());
  std::memcpy(whole.data(), name.data(), std::min<size_t>(name.size(), 63));
  const auto key_bits = static_cast<uint32_t>(key.size() * 8);
  std::memcpy(whole.data() + offsetof(xfrm_algo, alg_key_len), &key_bits, sizeof(key_bits));
  if (has_icv) std::memcpy(whole.data() + offsetof(xfrm_algo_aead, alg_icv_len), &icv_bits, sizeof(icv_bits));
  std::copy(key.begin(), key.end(), whole.begin() + static_cast<ptrdiff_t>(fixed));
  message.with(attribute, whole.data(), whole.size());
}

void request(const Message& message, const char* tried) {
  const Fd socket = open_socket(AF_NETLINK, SOCK_RAW, NETLINK_XFRM);
  if (send(socket.get(), message.bytes().data(), message.bytes().size(), 0) < 0) throw SystemError(tried);
  struct {
    nlmsghdr header;
    nlmsgerr error;
    char rest[4096];
  } answer{};
  if (recv(socket.get(), &answer, sizeof(answer), 0) < 0) throw SystemError("read the kernel's answer");
  if (answer.header.nlmsg_type == NLMSG_ERROR && answer.error.error) {
    errno = -answer.error.error;
    throw SystemError(tried);
  }
}

} // namespace lab
