// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Sends UDP, TCP and ICMP through plain sockets, as any program would.
#include <cerrno>
#include <csignal>
#include <cstdio>

#include <linux/ipsec.h>
#include <linux/xfrm.h>
#include <netinet/udp.h>
#include <unistd.h>

#include "commands.hpp"
#include "socket.hpp"

#ifndef IPV6_XFRM_POLICY
#define IPV6_XFRM_POLICY 35
#endif
#ifndef IP_XFRM_POLICY
#define IP_XFRM_POLICY 17
#endif

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

namespace lab {
namespace {

constexpr uint16_t kEncapPort = 4500;
constexpr int kEncapEspInUdp = 2;

/// Sends with DF and up to the device's MTU, whatever a tunnel in the way says of it.
void probe_mtu(const Fd& socket, bool v6) {
  if (v6)
    set_option(socket, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE, "IPV6_MTU_DISCOVER");
  else
    set_option(socket, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE, "IP_MTU_DISCOVER");
}

/// What a socket's policy asks for: ESP, in transport mode.
xfrm_user_tmpl wants_esp(bool v6) {
  xfrm_user_tmpl made{};
  made.id.proto = IPPROTO_ESP;
  made.family = v6 ? AF_INET6 : AF_INET;
  made.mode = XFRM_MODE_TRANSPORT;
  made.aalgos = made.ealgos = made.calgos = UINT32_MAX;
  return made;
}

/// policy=out:block and the like: a policy of this socket alone.
void set_socket_policy(const Fd& socket, const std::string& text, bool v6) {
  const size_t colon = text.find(':');
  const std::string direction = text.substr(0, colon);
  const std::string action = colon == std::string::npos ? "" : text.substr(colon + 1);
  if ((direction != "in" && direction != "out") || (action != "block" && action != "allow" && action != "esp"))
    throw UsageError("policy=" + text + ": expected in: or out:, and block, allow or esp");
  struct {
    xfrm_userpolicy_info policy;
    xfrm_user_tmpl tmpl;
  } wanted{{}, wants_esp(v6)};
  xfrm_userpolicy_info& policy = wanted.policy;
  policy.sel.family = v6 ? AF_INET6 : AF_INET;
  policy.dir = direction == "in" ? XFRM_POLICY_IN : XFRM_POLICY_OUT;
  policy.action = action == "block" ? XFRM_POLICY_BLOCK : XFRM_POLICY_ALLOW;
  policy.lft.hard_byte_limit = policy.lft.hard_packet_limit = XFRM_INF;
  policy.lft.soft_byte_limit = policy.lft.soft_packet_limit = XFRM_INF;
  if (setsockopt(socket.get(), v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_XFRM_POLICY : IP_XFRM_POLICY, &wanted,
                 action == "esp" ? sizeof(wanted) : sizeof(policy)))
    throw SystemError("set the socket's policy");
}

bool try_connect(const Args& args, const Ends& ends) {
  const Fd socket = sending_socket(args, ends.src, SOCK_STREAM | SOCK_NONBLOCK, 0);
  return connect(socket.get(), ends.dst.get(), ends.dst.size()) == 0 || errno == EINPROGRESS;
}

/// Connects, sends `length` bytes with one call, and closes with a reset, so that nothing is sent again.
bool send_stream(const Args& args, const Ends& ends, uint32_t length) {
  const Fd socket = sending_socket(args, ends.src, SOCK_STREAM, 0);
  const linger at_once{1, 0};
  if (setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once))) throw SystemError("set SO_LINGER");
  if (connect(socket.get(), ends.dst.get(), ends.dst.size())) throw SystemError("connect");
  const Bytes data(length, 0xa5);
  return send(socket.get(), data.data(), data.size(), 0) >= 0;
}

} // namespace

void udp(const Words& words) {
  const Args args(words, kSendKeys + " sport dport len spi seq df sndbuf policy segment hex");
  const bool encap = args.has("spi");
  const Ends ends = ends_of(args, encap ? kEncapPort : 0, encap ? kEncapPort : 9);
  const Fd socket = sending_socket(args, ends.src, SOCK_DGRAM, 0);
  if (args.number("df", 0)) probe_mtu(socket, ends.src.is_v6());
  if (args.has("sndbuf"))
    set_option(socket, SOL_SOCKET, SO_SNDBUFFORCE, static_cast<int>(args.number("sndbuf")), "SO_SNDBUFFORCE");
  if (args.has("policy")) set_socket_policy(socket, args.text("policy"), ends.src.is_v6());
  if (args.has("segment"))
    set_option(socket, IPPROTO_UDP, UDP_SEGMENT, static_cast<int>(args.number("segment")), "UDP_SEGMENT");
  const size_t length = args.number("len", 32);
  Bytes payload = args.has("hex") ? args.bytes("hex") : Bytes(length, 0xa5);
  if (encap) payload = ipsec_header(IPPROTO_ESP, args.number("spi"), args.number("seq", 1), length);
  send_many(args, [&](uint32_t) { return send_to(socket, ends.dst, payload); });
}

void tcp(const Words& words) {
  const Args args(words, kSendKeys + " sport dport len");
  const Ends ends = ends_of(args, 0, 9);
  const uint32_t length = args.number("len", 0);
  send_many(args, [&](uint32_t) { return length ? send_stream(args, ends, length) : try_connect(args, ends); });
}

void icmp(const Words& words) {
  const Args args(words, kSendKeys + " type id len");
  const Ends ends = ends_of(args, 0, 0);
  const bool v6 = ends.src.is_v6();
  const Fd socket = sending_socket(args, ends.src, SOCK_RAW, v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
  const uint8_t type = static_cast<uint8_t>(args.number("type", v6 ? 128 : 8));
  const Bytes message = icmp_message(ends.src, ends.dst, type, args.port("id", 1), args.number("len", 32));
  send_many(args, [&](uint32_t) { return send_to(socket, ends.dst, message); });
}

void cork(const Words& words) {
  const Args args(words, kSendKeys + " sport dport");
  const Ends ends = ends_of(args, 0, 9);
  const Fd socket = sending_socket(args, ends.src, SOCK_DGRAM, 0);
  if (!send_to(socket, ends.dst, Bytes(8, 0xa5), MSG_MORE)) throw SystemError("send with MSG_MORE");
  run_command(args);
  send_many(args, [&](uint32_t) { return send_to(socket, ends.dst, Bytes(8, 0x5a)); });
}

void listen_udp(const Words& words) {
  const Args args(words, "src sport tcp encap policy");
  const Address src = Address::parse(args.text("src"), args.port("sport", 9));
  const bool stream = args.number("tcp", 0) != 0;
  const Fd socket = sending_socket(args, src, stream ? SOCK_STREAM : SOCK_DGRAM, 0);
  if (stream && listen(socket.get(), 1)) throw SystemError("listen");
  if (args.number("encap", 0)) set_option(socket, IPPROTO_UDP, UDP_ENCAP, kEncapEspInUdp, "UDP_ENCAP");
  if (args.has("policy")) set_socket_policy(socket, args.text("policy"), src.is_v6());
  const pid_t child = fork();
  if (child < 0) throw SystemError("fork");
  if (child == 0) stay();
  std::printf("%d\n", child);
}

} // namespace lab
