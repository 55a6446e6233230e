// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Sends Ethernet frames: an ESP packet captured from a command and sent again, and a frame whose checksum the kernel
// cannot compute.
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>

#include <arpa/inet.h>

#include "commands.hpp"
#include "socket.hpp"

namespace lab {
namespace {

constexpr size_t kIp = ETH_HLEN;

/// struct virtio_net_hdr; its kernel header is no C++.
struct ChecksumHeader {
  uint8_t flags = 1; // VIRTIO_NET_HDR_F_NEEDS_CSUM
  uint8_t gso_type = 0;
  uint16_t hdr_len = 0;
  uint16_t gso_size = 0;
  uint16_t csum_start = 0;
  uint16_t csum_offset = 0;
};
static_assert(sizeof(ChecksumHeader) == 10);

Fd packet_socket(const std::string& dev) {
  Fd made = open_socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
  sockaddr_ll where{};
  where.sll_family = AF_PACKET;
  where.sll_protocol = htons(ETH_P_ALL);
  where.sll_ifindex = static_cast<int>(if_nametoindex(dev.c_str()));
  if (bind(made.get(), reinterpret_cast<sockaddr*>(&where), sizeof(where))) throw SystemError("bind to " + dev);
  const timeval timeout{20, 0};
  if (setsockopt(made.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout))) throw SystemError("set a timeout");
  return made;
}

/// Where the ESP header starts in an Ethernet frame, or 0 if it has none.
size_t esp_offset(const Bytes& frame) {
  if (frame.size() < kIp + 40 + 8) return 0;
  const unsigned type = frame[12] << 8 | frame[13];
  if (type == ETH_P_IP && frame[kIp + 9] == IPPROTO_ESP) return kIp + (frame[kIp] & 15) * 4;
  if (type == ETH_P_IPV6 && frame[kIp + 6] == IPPROTO_ESP) return kIp + 40;
  return 0;
}

Bytes next_frame(const Fd& socket) {
  Bytes frame(65536);
  const ssize_t size = recv(socket.get(), frame.data(), frame.size(), 0);
  if (size < 0) throw SystemError("wait for an ESP packet");
  frame.resize(static_cast<size_t>(size));
  return frame;
}

Bytes capture_esp(const Fd& socket) {
  Bytes frame;
  do
    frame = next_frame(socket);
  while (!esp_offset(frame));
  return frame;
}

void set_seq(Bytes& frame, uint32_t seq) {
  Bytes bytes;
  put32(bytes, seq);
  std::copy(bytes.begin(), bytes.end(), frame.begin() + static_cast<ssize_t>(esp_offset(frame) + 4));
}

void append(Bytes& out, const Bytes& more) {
  out.insert(out.end(), more.begin(), more.end());
}

Bytes ethernet_header(const Args& args, bool v6) {
  Bytes out = args.bytes("mac");
  if (out.size() != 6) throw UsageError("mac= is not six bytes");
  append(out, {2, 0, 0, 0, 0, 1});
  put16(out, v6 ? ETH_P_IPV6 : ETH_P_IP);
  return out;
}

/// A plain IP-in-IP frame around a UDP datagram.
Bytes tunnel_frame(const Args& args, const Ends& outer) {
  const Ends inner{Address::parse(args.text("inner_src"), args.port("sport", 1000)),
                   Address::parse(args.text("inner_dst"), args.port("dport", 9))};
  const bool v6 = outer.src.is_v6();
  const Bytes datagram = ip_packet(inner.src, inner.dst, IPPROTO_UDP, false, udp_datagram(inner.src, inner.dst, 32));
  Bytes out = ethernet_header(args, v6);
  append(out, ip_packet(outer.src, outer.dst, v6 ? IPPROTO_IPV6 : IPPROTO_IPIP, false, datagram));
  return out;
}

} // namespace

void tunnel_with_checksum(const Words& words) {
  const Args args(words, "src dst dev mac inner_src inner_dst sport dport csum count interval");
  const Fd socket = packet_socket(args.text("dev"));
  set_option(socket, SOL_PACKET, PACKET_VNET_HDR, 1, "PACKET_VNET_HDR");
  ChecksumHeader header;
  header.csum_start = args.port("csum", 20);
  const auto* bytes = reinterpret_cast<const uint8_t*>(&header);
  Bytes packet(bytes, bytes + sizeof(header));
  append(packet, tunnel_frame(args, ends_of(args, 0, 0)));
  send_many(args, [&](uint32_t) { return send(socket.get(), packet.data(), packet.size(), 0) >= 0; });
}

void replay(const Words& words) {
  const Args args(words, "dev count interval seq flip");
  const Fd socket = packet_socket(args.text("dev"));
  run_command(args);
  Bytes frame = capture_esp(socket);
  if (args.has("seq")) set_seq(frame, args.number("seq"));
  if (args.number("flip", 0)) frame.back() ^= 1;
  send_many(args, [&](uint32_t) { return send(socket.get(), frame.data(), frame.size(), 0) >= 0; });
}

} // namespace lab
