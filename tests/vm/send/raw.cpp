// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Sends IPsec headers and whole IP packets through raw sockets.
#include "commands.hpp"
#include "socket.hpp"

#include <netinet/ip.h>

#include <random>

namespace lab {
namespace {

constexpr size_t kFragment = 6; // in an IPv4 header

/// The bytes after the IP header: hex= as they are, else an IPsec header, cut after cut= bytes.
Bytes payload_of(const Args& args, uint8_t proto, uint32_t turn) {
  Bytes made = args.bytes("hex");
  if (!args.has("hex")) {
    const uint32_t seq = args.number("seq", 1) + turn * args.number("step", 0);
    made = ipsec_header(proto, args.number("spi"), seq, args.number("len", 32));
  }
  if (args.has("cut") && args.number("cut") < made.size()) made.resize(args.number("cut"));
  return made;
}

/// The payload of a whole packet: hex= as it is, else a UDP datagram of len= bytes.
Bytes packet_payload(const Args& args, const Ends& ends) {
  return args.has("hex") ? args.bytes("hex") : udp_datagram(ends.src, ends.dst, args.number("len", 32));
}

} // namespace

void raw(const Words& words) {
  const Args args(words, kSendKeys + " proto spi seq step len cut hex");
  const Ends ends = ends_of(args, 0, 0);
  const uint8_t proto = protocol_number(args.text("proto", "esp"));
  const Fd socket = sending_socket(args, ends.src, SOCK_RAW, proto);
  send_many(args, [&](uint32_t turn) { return send_to(socket, ends.dst, payload_of(args, proto, turn)); });
}

void flood(const Words& words) {
  const Args args(words, kSendKeys + " from seed");
  const Ends ends = ends_of(args, 0, 0);
  const Address from = Address::parse(args.text("from"));
  const Fd socket = sending_socket(args, ends.src, SOCK_RAW, IPPROTO_RAW);
  const size_t low = ends.dst.is_v6() ? 22 : 14; // the source's last two bytes
  std::minstd_rand draw(args.number("seed", 1));
  send_many(args, [&](uint32_t turn) {
    const Bytes esp = ipsec_header(IPPROTO_ESP, 0x10000 + draw(), turn, 8);
    Bytes packet = ip_packet(from, ends.dst, IPPROTO_ESP, false, esp);
    packet[low] = static_cast<uint8_t>(draw() >> 8);
    packet[low + 1] = static_cast<uint8_t>(draw() >> 8);
    return send_to(socket, ends.dst, packet);
  });
}

void null_esp_packet(const Words& words) {
  const Args args(words, kSendKeys + " spis seq next hex sport dport len");
  const Ends ends = ends_of(args, 1000, 9);
  const uint8_t next = protocol_number(args.text("next", "udp"));
  const Bytes packet = null_esp(args.numbers("spis"), args.number("seq", 1), next, packet_payload(args, ends));
  const Fd socket = sending_socket(args, ends.src, SOCK_RAW, IPPROTO_ESP);
  send_many(args, [&](uint32_t) { return send_to(socket, ends.dst.without_port(), packet); });
}

void whole_packet(const Words& words) {
  const Args args(words, kSendKeys + " proto df more hex sport dport len");
  const Ends ends = ends_of(args, 1000, 9);
  const uint8_t proto = protocol_number(args.text("proto", "udp"));
  Bytes packet = ip_packet(ends.src, ends.dst, proto, args.number("df", 0) != 0, packet_payload(args, ends));
  if (!ends.src.is_v6() && args.number("more", 0)) packet[kFragment] |= IP_MF >> 8;
  const Fd socket = sending_socket(args, ends.src, SOCK_RAW, IPPROTO_RAW);
  send_many(args, [&](uint32_t) { return send_to(socket, ends.dst.without_port(), packet); });
}

} // namespace lab
