// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Requests counts and dumps of XFRM through netlink.
#include "xfrm_socket.hpp"
#include "netlink.hpp"

#include <array>
#include <linux/filter.h>
#include <linux/xfrm.h>
#include <sys/socket.h>
#include <vector>

namespace xs {
namespace {

// A header, and the error number of NLMSG_DONE or NLMSG_ERROR; of an object, the first bytes of its selector.
constexpr uint32_t kHead = sizeof(nlmsghdr) + sizeof(int32_t);
// The most that the kernel puts into one datagram; it adapts to the size of the receive buffer.
constexpr size_t kRoom = 32768;

// The payload of an attribute, behind the header and the flags (a __u32) that these answers begin with.
std::span<const uint8_t> attribute(std::span<const uint8_t> answer, uint16_t message, uint16_t type) {
  const auto header = load<nlmsghdr>(answer, 0);
  size_t at = sizeof(nlmsghdr) + sizeof(uint32_t);
  if (header.nlmsg_type != message || header.nlmsg_len > answer.size()) return {};
  while (at + sizeof(nlattr) <= header.nlmsg_len) {
    const auto attr = load<nlattr>(answer, at);
    if (attr.nla_len < sizeof(nlattr) || at + attr.nla_len > header.nlmsg_len) return {};
    if (attr.nla_type == type) return answer.subspan(at + sizeof(nlattr), attr.nla_len - sizeof(nlattr));
    at += NLA_ALIGN(attr.nla_len);
  }
  return {};
}

Status refusal(int error) {
  if (error == 0) return {};
  const char* remedy = error == EPERM ? "; run it as root or with CAP_NET_ADMIN" : "";
  return fail("the kernel refuses: {}{}", errno_text(error), remedy);
}

} // namespace

Result<XfrmSocket> XfrmSocket::open() {
  Fd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_XFRM));
  if (fd) return XfrmSocket(std::move(fd));
  if (errno == EPROTONOSUPPORT)
    return fail("this kernel has no netlink for XFRM: modprobe xfrm_user, or boot a kernel with CONFIG_XFRM_USER");
  return fail("cannot open a netlink socket: {}", errno_text());
}

// Attaches a classic BPF program whose result is the length that each datagram is cut to.
Status XfrmSocket::cut_to(uint32_t bytes) {
  sock_filter cut = BPF_STMT(BPF_RET | BPF_K, bytes);
  const sock_fprog program{1, &cut};
  if (setsockopt(fd_.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)))
    return fail("cannot keep keys from the netlink socket: {}", errno_text());
  return {};
}

Status XfrmSocket::send(uint16_t type, uint16_t flags) {
  struct {
    nlmsghdr header;
    uint32_t flags; // for GETSADINFO and GETSPDINFO; the others take no payload
  } request{};
  const bool dump = flags & NLM_F_DUMP;
  request.header = {.nlmsg_len = static_cast<uint32_t>(dump ? sizeof(nlmsghdr) : sizeof(request)),
                    .nlmsg_type = type,
                    .nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags),
                    .nlmsg_seq = ++sequence_,
                    .nlmsg_pid = 0};
  if (::send(fd_.get(), &request, request.header.nlmsg_len, 0) < 0)
    return fail("cannot ask the kernel through netlink: {}", errno_text());
  return {};
}

// Never blocks: an answer is there once the request was sent, and the next part of a dump once a part was received.
Result<std::span<const uint8_t>> XfrmSocket::receive(std::span<uint8_t> room) {
  while (true) {
    const ssize_t n = recv(fd_.get(), room.data(), room.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return fail("the kernel's answer ended before it was complete");
    if (n < 0) return fail("cannot read the kernel's answer: {}", errno_text());
    const std::span<const uint8_t> message = room.first(static_cast<size_t>(n));
    if (message.size() < kHead) return fail("the kernel's answer has but {} bytes", n);
    if (load<nlmsghdr>(message, 0).nlmsg_seq == sequence_) return message;
  }
}

// The kernel fills a buffer with objects, and the socket cuts it. The end of the dump comes in a buffer of its own, so
// that it is never cut off.
Status XfrmSocket::walk(uint16_t type) {
  if (Status cut = cut_to(kHead); !cut) return cut;
  if (Status sent = send(type, NLM_F_DUMP); !sent) return sent;
  std::vector<uint8_t> room(kRoom);
  while (true) {
    const auto message = receive(room);
    if (!message) return tl::unexpected(message.error());
    if (load<nlmsghdr>(*message, 0).nlmsg_flags & NLM_F_DUMP_INTR)
      return fail("the kernel's list changed while it was read");
    if (const auto error = final_error(*message)) return refusal(*error);
  }
}

Result<std::span<const uint8_t>> XfrmSocket::ask(uint16_t type, std::span<uint8_t> room) {
  if (Status sent = send(type, 0); !sent) return tl::unexpected(sent.error());
  auto answer = receive(room);
  if (const auto error = answer ? final_error(*answer) : std::nullopt)
    if (Status refused = refusal(*error); !refused) return tl::unexpected(refused.error());
  return answer;
}

Result<XfrmCounts> XfrmSocket::count() {
  std::array<uint8_t, 512> room{};
  const auto states = ask(XFRM_MSG_GETSADINFO, room);
  if (!states) return tl::unexpected(states.error());
  const auto in_states = states_in(*states);
  const auto policies = ask(XFRM_MSG_GETSPDINFO, room);
  if (!policies) return tl::unexpected(policies.error());
  const auto in_policies = policies_in(*policies);
  if (!in_states || !in_policies) return fail("the kernel does not say how many states and policies there are");
  return XfrmCounts{*in_states, *in_policies};
}

std::optional<uint64_t> states_in(std::span<const uint8_t> answer) {
  const auto count = attribute(answer, XFRM_MSG_NEWSADINFO, XFRMA_SAD_CNT);
  if (count.size() < sizeof(uint32_t)) return {};
  return load<uint32_t>(count, 0);
}

std::optional<uint64_t> policies_in(std::span<const uint8_t> answer) {
  const auto info = attribute(answer, XFRM_MSG_NEWSPDINFO, XFRMA_SPD_INFO);
  if (info.size() < sizeof(xfrmu_spdinfo)) return {};
  const auto n = load<xfrmu_spdinfo>(info, 0);
  return uint64_t{n.incnt} + n.outcnt + n.fwdcnt + n.inscnt + n.outscnt + n.fwdscnt;
}

} // namespace xs
