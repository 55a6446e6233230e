// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Prints actors.
#include "actor_words.hpp"
#include "layout.hpp"
#include "or_null.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

// By How.
constexpr const char* kHows[] = {nullptr, "listed",   "netlink",    "acquire", "flush",
                                 "timer", "replaced", "netns-exit", "qdisc",   "device"};

const char* how_name(const Actor& actor) {
  return kHows[static_cast<size_t>(actor.how)];
}

std::optional<uint64_t> ago_ns(const Actor& actor, uint64_t now_mono_ns) {
  if (!actor.mono_ns) return {};
  return now_mono_ns > *actor.mono_ns ? now_mono_ns - *actor.mono_ns : 0;
}

} // namespace

std::string by_words(const Actor& actor) {
  std::string out;
  if (actor.by) out += fmt::format(" by {}", process_text(*actor.by));
  if (how_name(actor)) out += fmt::format(" ({})", how_name(actor));
  return out;
}

std::string actor_words(const Actor& actor, uint64_t now_mono_ns) {
  std::string out;
  if (const auto ago = ago_ns(actor, now_mono_ns)) out = fmt::format(" {:.1f} s ago", static_cast<double>(*ago) / 1e9);
  return out + by_words(actor);
}

Json by_json(const Actor& actor) {
  return actor.by ? to_json(*actor.by) : Json(nullptr);
}

Json how_json(const Actor& actor) {
  return how_name(actor) ? Json(how_name(actor)) : Json(nullptr);
}

Json ago_json(const Actor& actor, uint64_t now_mono_ns) {
  return or_null(ago_ns(actor, now_mono_ns), [](uint64_t ns) { return ns / 1'000'000; });
}

Json to_json(const Actor& actor) {
  return {{"ts", or_null(actor.real_ns, iso_time)}, {"by", by_json(actor)}, {"how", how_json(actor)}};
}

} // namespace xs
