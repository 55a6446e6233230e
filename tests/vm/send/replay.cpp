// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Captures the ESP packet that a command sends through a device, and sends it again.
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>

#include <arpa/inet.h>

#include "commands.hpp"
#include "socket.hpp"

namespace lab {
namespace {

constexpr size_t kIp = ETH_HLEN;

Fd packet_socket(const std::string& dev) {
  Fd made = open_socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
  sockaddr_ll where{};
  where.sll_family = AF_PACKET;
  where.sll_protocol = htons(ETH_P_ALL);
  where.sll_ifindex = static_cast<int>(if_nametoindex(dev.c_str()));
  if (bind(made.get(), reinterpret_cast<sockaddr*>(&where), sizeof(where))) throw SystemError("bind to " + dev);
  const timeval timeout{2, 0};
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

} // namespace

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
