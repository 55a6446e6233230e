// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Dumps tc through netlink, and queries tcx and netkit through bpf(2).
#include "tc_socket.hpp"
#include "netlink.hpp"

#include <linux/bpf.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace xs {
namespace {

constexpr size_t kRoom = 65536;

// Values of enum bpf_attach_type that headers before 6.6 and 6.7 lack.
constexpr uint32_t kProgramHooks[] = {46, 47, 54, 55}; // TCX_INGRESS, TCX_EGRESS, NETKIT_PRIMARY, NETKIT_PEER

bool nothing_there(int error) {
  return error == 0 || error == EOPNOTSUPP || error == ENODEV || error == ENOENT;
}

// This kernel does not have the hook, or the device is gone, is no netkit, or is the end of a netkit pair without hooks
// (EACCES).
bool no_such_hook(int error) {
  return error == EINVAL || error == ENODEV || error == ENXIO || error == EOPNOTSUPP || error == ENOENT ||
         error == EACCES;
}

} // namespace

Result<bool> take_messages(std::span<const uint8_t> packet, uint32_t sequence, const TcSocket::Take& take) {
  for (size_t at = 0; at + sizeof(nlmsghdr) <= packet.size();) {
    const auto header = load<nlmsghdr>(packet, at);
    if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > packet.size() - at)
      return fail("the kernel's answer is cut off");
    const auto message = packet.subspan(at, header.nlmsg_len);
    const bool ours = header.nlmsg_seq == sequence;
    if (const auto error = ours ? final_error(message) : std::nullopt) {
      if (!nothing_there(*error)) return fail("the kernel refuses to list it: {}", errno_text(*error));
      return true;
    }
    if (ours && take) take(message);
    at += NLMSG_ALIGN(header.nlmsg_len);
  }
  return false;
}

Result<TcSocket> TcSocket::open() {
  Fd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd) return fail("cannot open a netlink socket: {}", errno_text());
  return TcSocket(std::move(fd));
}

Status TcSocket::send(uint16_t type, int32_t ifindex, uint32_t parent) {
  struct {
    nlmsghdr header;
    tcmsg tc;
  } request{};
  request.header = {.nlmsg_len = sizeof(request),
                    .nlmsg_type = type,
                    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                    .nlmsg_seq = ++sequence_,
                    .nlmsg_pid = 0};
  request.tc.tcm_ifindex = ifindex;
  request.tc.tcm_parent = parent;
  if (::send(fd_.get(), &request, sizeof(request), 0) < 0)
    return fail("cannot ask the kernel through netlink: {}", errno_text());
  return {};
}

Status TcSocket::walk(uint16_t type, int32_t ifindex, uint32_t parent, const Take& take) {
  if (Status sent = send(type, ifindex, parent); !sent) return sent;
  std::vector<uint8_t> room(kRoom);
  while (true) {
    const ssize_t n = recv(fd_.get(), room.data(), room.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail("cannot read the kernel's answer: {}", errno_text());
    const auto last = take_messages(std::span(room).first(static_cast<size_t>(n)), sequence_, take);
    if (!last) return tl::unexpected(last.error());
    if (*last) return {};
  }
}

Status query_programs(uint32_t ifindex) {
  struct { // the part of union bpf_attr that BPF_PROG_QUERY uses
    uint32_t ifindex, attach_type, flags, attach_flags;
    uint64_t ids;
    uint32_t count, reserved;
    uint64_t attach_flags_of, link_ids, link_flags_of, revision;
  } query{};
  for (const uint32_t hook : kProgramHooks) {
    query = {};
    query.ifindex = ifindex;
    query.attach_type = hook;
    if (syscall(SYS_bpf, BPF_PROG_QUERY, &query, sizeof(query)) && !no_such_hook(errno))
      return fail("cannot ask for the programs of device {}: {}", ifindex, errno_text());
  }
  return {};
}

} // namespace xs
