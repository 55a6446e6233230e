// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Asks the kernel for what ip(8) of older systems cannot: a state with a direction, and a function that fails.
#include <array>
#include <cerrno>
#include <cstring>

#include <linux/bpf.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "commands.hpp"
#include "socket.hpp"

namespace lab {
namespace {

constexpr uint16_t kSaDirAttribute = 33; // XFRMA_SA_DIR, Linux 6.10
constexpr char kAlgorithm[] = "rfc4106(gcm(aes))";
constexpr size_t kKeyBytes = 20;
constexpr uint32_t kIcvBits = 128;

void append_attribute(Bytes& message, uint16_t type, const void* data, size_t size) {
  const nlattr header{static_cast<uint16_t>(sizeof(nlattr) + size), type};
  const auto* head = reinterpret_cast<const uint8_t*>(&header);
  message.insert(message.end(), head, head + sizeof(header));
  const auto* bytes = static_cast<const uint8_t*>(data);
  message.insert(message.end(), bytes, bytes + size);
  message.resize((message.size() + 3) & ~size_t{3});
}

uint8_t mode_of(const std::string& text) {
  if (text == "transport") return XFRM_MODE_TRANSPORT;
  if (text == "tunnel") return XFRM_MODE_TUNNEL;
  throw UsageError("mode=" + text + ": expected transport or tunnel");
}

uint8_t direction_of(const std::string& text) {
  if (text == "in") return 1;
  if (text == "out") return 2;
  throw UsageError("dir=" + text + ": expected in or out");
}

void set_address(xfrm_address_t& to, const Address& from) {
  std::memcpy(&to, from.bytes().data(), from.bytes().size());
}

xfrm_usersa_info state_of(const Args& args) {
  const Address src = Address::parse(args.text("src"));
  xfrm_usersa_info state{};
  set_address(state.saddr, src);
  set_address(state.id.daddr, Address::parse(args.text("dst")));
  state.id.spi = htonl(args.number("spi"));
  state.id.proto = IPPROTO_ESP;
  state.family = static_cast<uint16_t>(src.family());
  state.reqid = args.number("reqid", 0);
  state.mode = mode_of(args.text("mode", "transport"));
  state.lft.hard_byte_limit = state.lft.hard_packet_limit = XFRM_INF;
  state.lft.soft_byte_limit = state.lft.soft_packet_limit = XFRM_INF;
  return state;
}

Bytes new_state_message(const Args& args) {
  Bytes message(NLMSG_LENGTH(sizeof(xfrm_usersa_info)));
  const xfrm_usersa_info state = state_of(args);
  std::memcpy(message.data() + NLMSG_HDRLEN, &state, sizeof(state));
  std::array<uint8_t, sizeof(xfrm_algo_aead) + kKeyBytes> algorithm{};
  auto* aead = reinterpret_cast<xfrm_algo_aead*>(algorithm.data());
  std::memcpy(aead->alg_name, kAlgorithm, sizeof(kAlgorithm));
  aead->alg_key_len = kKeyBytes * 8;
  aead->alg_icv_len = kIcvBits;
  append_attribute(message, XFRMA_ALG_AEAD, algorithm.data(), algorithm.size());
  const uint8_t direction = direction_of(args.text("dir"));
  append_attribute(message, kSaDirAttribute, &direction, sizeof(direction));
  nlmsghdr header{};
  header.nlmsg_len = static_cast<uint32_t>(message.size());
  header.nlmsg_type = XFRM_MSG_NEWSA;
  header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
  std::memcpy(message.data(), &header, sizeof(header));
  return message;
}

int bpf_call(int command, bpf_attr& attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof(attributes)));
}

Fd attached(const std::string& path) {
  bpf_attr get{};
  get.pathname = reinterpret_cast<uint64_t>(path.c_str());
  const Fd program(bpf_call(BPF_OBJ_GET, get));
  if (program.get() < 0) throw SystemError("open the program " + path);
  bpf_attr open{};
  open.raw_tracepoint.prog_fd = static_cast<uint32_t>(program.get());
  Fd link(bpf_call(BPF_RAW_TRACEPOINT_OPEN, open));
  if (link.get() < 0) throw SystemError("attach the program " + path);
  return link;
}

} // namespace

void add_state(const Words& words) {
  const Args args(words, "src dst spi reqid mode dir");
  const Bytes message = new_state_message(args);
  const Fd socket = open_socket(AF_NETLINK, SOCK_RAW, NETLINK_XFRM);
  if (send(socket.get(), message.data(), message.size(), 0) < 0) throw SystemError("send to the kernel");
  struct {
    nlmsghdr header;
    nlmsgerr error;
    char rest[4096];
  } answer{};
  if (recv(socket.get(), &answer, sizeof(answer), 0) < 0) throw SystemError("read the kernel's answer");
  if (answer.header.nlmsg_type == NLMSG_ERROR && answer.error.error) {
    errno = -answer.error.error;
    throw SystemError("add the state");
  }
}

void with_fault(const Words& words) {
  const Args args(words, "prog");
  const Fd link = attached(args.text("prog"));
  run_command(args);
}

} // namespace lab
