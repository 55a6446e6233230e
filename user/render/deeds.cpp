// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Words who did what and when.
#include "deeds.hpp"
#include "layout.hpp"
#include "or_null.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

// By How.
constexpr const char* kHows[] = {nullptr, "listed",   "netlink",    "acquire", "flush",
                                 "timer", "replaced", "netns-exit", "qdisc",   "device"};

const char* how_name(const Hand& hand) {
  return kHows[static_cast<size_t>(hand.how)];
}

std::optional<uint64_t> ago_ns(const Hand& hand, uint64_t now_mono_ns) {
  if (!hand.mono_ns) return {};
  return now_mono_ns > *hand.mono_ns ? now_mono_ns - *hand.mono_ns : 0;
}

} // namespace

std::string doer_words(const Hand& hand) {
  std::string out;
  if (hand.by) out += fmt::format(" by {}", process_text(*hand.by));
  if (how_name(hand)) out += fmt::format(" ({})", how_name(hand));
  return out;
}

std::string deed_words(const Hand& hand, uint64_t now_mono_ns) {
  std::string out;
  if (const auto ago = ago_ns(hand, now_mono_ns)) out = fmt::format(" {:.1f} s ago", static_cast<double>(*ago) / 1e9);
  return out + doer_words(hand);
}

Json by_json(const Hand& hand) {
  return hand.by ? to_json(*hand.by) : Json(nullptr);
}

Json how_json(const Hand& hand) {
  return how_name(hand) ? Json(how_name(hand)) : Json(nullptr);
}

Json ago_json(const Hand& hand, uint64_t now_mono_ns) {
  return or_null(ago_ns(hand, now_mono_ns), [](uint64_t ns) { return ns / 1'000'000; });
}

Json to_json(const Hand& hand) {
  return {{"ts", or_null(hand.real_ns, iso_time)}, {"by", by_json(hand)}, {"how", how_json(hand)}};
}

} // namespace xs
