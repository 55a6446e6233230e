// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Phrases that sentences on losses share.
#include "loss_words.hpp"
#include "words.hpp"

#include <fmt/format.h>

namespace xs {

std::string lost_text(const Event& e) {
  if (!e.packets) return "packets";
  return fmt::format("{} {}", *e.packets, *e.packets == 1 ? "packet" : "packets");
}

std::string sa_or(const Event& e, const char* other) {
  const State* s = state_of(e);
  return s ? sa_text(*s) : other;
}

std::string on_device(const Event& e) {
  return e.packet && e.packet->ifname ? fmt::format(" on dev {}", *e.packet->ifname) : "";
}

std::string device_word(const Event& e) {
  return e.packet && e.packet->ifname ? *e.packet->ifname : "DEVICE";
}

std::string process_or(const Event& e, const char* other) {
  return e.process ? fmt::format("{}[{}]", e.process->comm, e.process->pid) : other;
}

std::string sender_text(const Event& e) {
  const auto error = e.packet_evidence ? e.packet_evidence->error : std::nullopt;
  if (!e.process || !error) return {};
  return fmt::format(" {} got {}.", process_or(e, ""), error_text(*error));
}

Judgement with_state(Judgement out, const Event& e) {
  if (!state_of(e)) out.missing.emplace_back("the packet's SA");
  return out;
}

} // namespace xs
