// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes pcapng blocks.
#include "pcapng.hpp"
#include "../model/loss.hpp"
#include "layout.hpp"
#include "mirror_text.hpp"

#include "../model/records.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace xs {
namespace {

enum : uint32_t { kSection = 0x0a0d0d0a, kInterface = 1, kPacket = 6 };
enum : uint16_t {
  kEnd = 0,
  kComment = 1,
  kName = 2,
  kDescription = 3,
  kOs = 3,
  kProgram = 4,
  kResolution = 9,
  kFlags = 2
};
constexpr uint16_t kRawIp = 101; // LINKTYPE_RAW: IPv4 or IPv6, without a link layer
constexpr uint32_t kInbound = 1, kOutbound = 2;
constexpr size_t kLongest = 16000; // bytes of a comment; its length has 16 bits

template <class T> void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

void pad(std::string& out) {
  out.append((4 - out.size() % 4) % 4, '\0');
}

void put_option(std::string& out, uint16_t code, const std::string& value) {
  put(out, code);
  put(out, static_cast<uint16_t>(value.size()));
  out += value;
  pad(out);
}

std::string block(uint32_t type, const std::string& body) {
  const auto size = static_cast<uint32_t>(body.size() + 12);
  std::string out;
  put(out, type);
  put(out, size);
  out += body;
  put(out, size);
  return out;
}

std::string interface_block(const std::string& netns, const std::string& device) {
  std::string body;
  put(body, kRawIp);
  put(body, uint16_t{0});
  put(body, uint32_t{SNAP_MAX});
  put_option(body, kName, netns + ":" + device);
  put_option(body, kDescription, "netns " + netns + ", device " + device);
  put_option(body, kResolution, "\x09"); // nanoseconds
  put_option(body, kEnd, "");
  return block(kInterface, body);
}

std::string device_of(const PacketInfo& p) {
  if (p.ifname) return printable(*p.ifname);
  return p.ifindex ? fmt::format("#{}", *p.ifindex) : "?";
}

std::string packet_block(uint32_t interface, const Event& event, const Finding& finding) {
  const auto stamp = static_cast<uint64_t>(event.real_ns);
  const std::string& bytes = event.bytes;
  const auto size = static_cast<uint32_t>(bytes.size());
  std::string body;
  put(body, interface);
  put(body, static_cast<uint32_t>(stamp >> 32));
  put(body, static_cast<uint32_t>(stamp));
  put(body, size);
  put(body, std::max(size, event.packet->len.value_or(size)));
  body += bytes;
  pad(body);
  std::string flags;
  put(flags, counter_way(event.counter) == Way::out ? kOutbound : kInbound);
  put_option(body, kFlags, flags);
  put_option(body, kComment, packet_comment(event, finding));
  put_option(body, kEnd, "");
  return block(kPacket, body);
}

std::string place_text(const SiteRef& site) {
  const std::string module = site.module.empty() ? "" : fmt::format(" [{}]", site.module);
  return fmt::format("{}+{:#x}{}", site.function, site.offset, module);
}

// Shortens UTF-8 without cutting a character.
void shorten(std::string& text) {
  if (text.size() <= kLongest) return;
  size_t end = kLongest;
  while (end && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80)
    end--;
  text.resize(end);
}

} // namespace

std::string packet_comment(const Event& event, const Finding& finding) {
  const TextStyle style{.time = TextStyle::Time::none, .utc = true};
  std::string out = fmt::format("{}  {}", heading(event.counter), finding.cause);
  if (event.n > 1) out += fmt::format("  x{}", event.n);
  out += "\n";
  out += row("netns", netns_text(event.netns), style);
  if (event.site) out += row("site", place_text(*event.site), style);
  if (event.evidence) out += evidence_text(*event.evidence, event.mono_ns, style);
  out += row("why", printable(finding.why), style);
  out += row("advice", printable(finding.advice), style);
  if (event.process) out += row("process", process_text(*event.process), style);
  out.pop_back();
  shorten(out);
  return out;
}

std::string Pcapng::header(const std::string& os, const std::string& program) {
  std::string body;
  put(body, uint32_t{0x1a2b3c4d});
  put(body, uint16_t{1});
  put(body, uint16_t{0});
  put(body, int64_t{-1}); // the section's length is not known
  put_option(body, kOs, os);
  put_option(body, kProgram, program);
  put_option(body, kEnd, "");
  return block(kSection, body);
}

std::string Pcapng::packet(const Event& event, const Finding& finding) {
  if (event.bytes.empty() || !event.packet) return {};
  const std::pair<std::string, std::string> key{netns_text(event.netns), device_of(*event.packet)};
  const auto [id, fresh] = ids_.try_emplace(key, static_cast<uint32_t>(ids_.size()));
  return (fresh ? interface_block(key.first, key.second) : "") + packet_block(id->second, event, finding);
}

} // namespace xs
