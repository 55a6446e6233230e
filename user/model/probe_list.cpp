// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Compiles the generated tables in, and looks names up.
#include "probe_list.hpp"
#include "loss.hpp"

#include <algorithm>
#include <unordered_set>

namespace xs {
namespace {

constexpr CounterRow kCounters[] = {
#define COUNTER(index, name, kernels) {index, name, kernels},
#include "counters.inc"
#undef COUNTER
};

constexpr ListedProbe kProbes[] = {
#define PROBE(file, function, counter, times, config, module) {file, function, counter, times, config, module},
#define INLINED(file, function, caller)
#include "probe_list.inc"
#undef PROBE
#undef INLINED
};

constexpr ListedInline kInlines[] = {
#define PROBE(file, function, counter, times, config, module)
#define INLINED(file, function, caller) {file, function, caller},
#include "probe_list.inc"
#undef PROBE
#undef INLINED
};

} // namespace

std::span<const CounterRow> counters() {
  return kCounters;
}
std::span<const ListedProbe> probe_list() {
  return kProbes;
}
std::span<const ListedInline> inline_list() {
  return kInlines;
}

bool is_listed(std::string_view function) {
  static const std::unordered_set<std::string_view> all = [] {
    std::unordered_set<std::string_view> out;
    for (const ListedProbe& p : kProbes)
      out.insert(p.function);
    for (const ListedInline& i : kInlines)
      out.insert(i.caller);
    return out;
  }();
  return all.contains(function);
}

bool is_listed(std::string_view function, int64_t counter) {
  if (counter <= 0 || counter >= XFRM_COUNTER_MAX) return false;
  const std::string name = counter_name(static_cast<uint8_t>(counter));
  const auto counts = [&](std::string_view f) {
    return std::ranges::any_of(
        kProbes, [&](const ListedProbe& p) { return p.function == f && (p.counter == name || p.counter == "*"); });
  };
  return counts(function) || std::ranges::any_of(kInlines, [&](const ListedInline& i) {
           return i.caller == function && counts(i.function);
         });
}

std::string counter_name(uint8_t index) {
  const auto it = std::ranges::find(kCounters, index, &CounterRow::index);
  return it == std::end(kCounters) ? "Counter" + std::to_string(index) : it->name;
}

std::optional<uint8_t> counter_index(std::string_view name) {
  const auto it = std::ranges::find(kCounters, name, &CounterRow::name);
  if (it == std::end(kCounters)) return {};
  return it->index;
}

Way counter_way(uint8_t index) {
  if (const LossKind* loss = loss_kind(index)) return loss->way;
  const std::string name = counter_name(index);
  if (name.starts_with("XfrmFwd")) return Way::forward;
  return name.starts_with("XfrmOut") ? Way::out : Way::in;
}

} // namespace xs
