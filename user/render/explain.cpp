// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Prints explanations of counters and losses.
#include "explain.hpp"
#include "or_null.hpp"
#include "wrap.hpp"

#include "../diagnose/counters.hpp"
#include "../diagnose/diagnose.hpp"
#include "../model/loss.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

// The kernels, of those whose sources were read, that have the counter.
std::string_view kernels_of(uint8_t counter) {
  for (const CounterRow& row : counters())
    if (row.index == counter) return row.kernels;
  return {};
}

bool unlisted(uint8_t counter, const KernelCounters& kernel) {
  return !is_loss(counter) && kernel.listed && !kernel.listed->contains(counter_name(counter));
}

// Whether this kernel can raise the counter; none: not known.
std::optional<bool> raised(uint8_t counter, const KernelCounters& kernel) {
  if (unlisted(counter, kernel)) return false;
  if (!kernel.sites) return {};
  return kernel.sites->contains(counter);
}

std::string raised_text(uint8_t counter, const KernelCounters& kernel) {
  const bool loss = is_loss(counter);
  if (unlisted(counter, kernel)) return "this kernel does not have it";
  if (!kernel.sites)
    return fmt::format("whether it {} is not known, this kernel cannot be read (see xfrm-snap check)",
                       loss ? "loses packets so" : "raises it");
  const auto places = kernel.sites->find(counter);
  if (places == kernel.sites->end())
    return fmt::format("no place in this kernel and its loaded modules {}",
                       loss ? "is known to lose packets so: it is never told" : "raises it");
  return fmt::format("{} {} in this kernel and its loaded modules", places->second,
                     places->second == 1 ? "place" : "places");
}

Json sites_json(uint8_t counter, const KernelCounters& kernel) {
  if (!kernel.sites) return nullptr;
  const auto places = kernel.sites->find(counter);
  return places == kernel.sites->end() ? 0 : places->second;
}

std::string paragraph(std::string_view text, size_t indent, const TextStyle& style) {
  return std::string(indent, ' ') + wrap(text, indent, style.width) + "\n";
}

std::string cause_text(const Rule& r, const TextStyle& style) {
  std::string out = fmt::format("  {}\n", paint(r.cause, kBold, style.color));
  out += paragraph(r.meaning, 6, style);
  out += paragraph(fmt::format("Told by: {}.", r.evidence), 6, style);
  return out + paragraph(fmt::format("Advice: {}", r.advice), 6, style);
}

} // namespace

std::string explain_text(uint8_t counter, const KernelCounters& kernel, const TextStyle& style) {
  const CounterHelp& help = counter_help(counter);
  std::string out = fmt::format("{}{}\n", paint(kind_name(counter), kBold, style.color),
                                is_loss(counter) ? " (lost without a counter)" : "");
  out += paragraph(help.meaning, 2, style);
  out += paragraph(fmt::format("Linux {}: {}.", kernel.release, raised_text(counter, kernel)), 2, style);
  const auto rules = rules_of(counter);
  if (!rules.empty()) out += "\nCauses, in the order in which they are looked for:\n";
  for (const Rule* r : rules)
    out += cause_text(*r, style);
  if (!help.look.empty()) out += "\nTo look further:\n";
  for (const std::string_view command : help.look)
    out += fmt::format("    {}\n", command);
  return out;
}

static std::string overview_row(uint8_t counter, const KernelCounters& kernel, const TextStyle& style) {
  const auto can = raised(counter, kernel);
  const char mark = !can ? '?' : *can ? '+' : '-';
  return fmt::format("{} {} {}\n", mark, paint(fmt::format("{:<24}", kind_name(counter)), kBold, style.color),
                     wrap(counter_help(counter).meaning, 27, style.width));
}

std::string overview_text(const KernelCounters& kernel, const TextStyle& style) {
  std::string out = fmt::format("Linux {}: + this kernel raises it, - it does not, ? not known\n", kernel.release);
  for (const CounterRow& row : counters())
    out += overview_row(row.index, kernel, style);
  out += "\nlost without a counter: + this kernel has such a place, - none is known, ? not known\n";
  for (const LossKind& kind : told_losses())
    out += overview_row(kind.index, kernel, style);
  return out + "xfrm-snap explain NAME tells the causes.\n";
}

Json explain_json(uint8_t counter, const KernelCounters& kernel) {
  const CounterHelp& help = counter_help(counter);
  Json causes = Json::array();
  for (const Rule* r : rules_of(counter))
    causes.push_back({{"cause", r->cause}, {"meaning", r->meaning}, {"evidence", r->evidence}, {"advice", r->advice}});
  Json out{{"v", 1}, {"type", is_loss(counter) ? "loss-kind" : "counter"}};
  is_loss(counter) ? out.put("loss", kind_name(counter)) : out.put("counter", kind_name(counter));
  out.put("meaning", help.meaning);
  out.put("kernel", kernel.release);
  out.put("raised", or_null(raised(counter, kernel)));
  out.put("sites", sites_json(counter, kernel));
  out.put("causes", causes);
  out.put("look", help.look);
  return out;
}

// The section of a document on a counter or a kind of loss.
static std::string section(uint8_t counter, const std::string& more) {
  const CounterHelp& help = counter_help(counter);
  std::string out = fmt::format("\n## {}\n\n{}{}\n", kind_name(counter), help.meaning, more);
  const auto& rules = rules_of(counter);
  if (!rules.empty()) out += "\n| cause | meaning | evidence | advice |\n|---|---|---|---|\n";
  for (const Rule* r : rules)
    out += fmt::format("| {} | {} | {} | {} |\n", r->cause, r->meaning, r->evidence, r->advice);
  if (!help.look.empty()) out += "\nTo look further:\n\n";
  for (const std::string_view command : help.look)
    out += fmt::format("    {}\n", command);
  return out;
}

std::string counters_markdown() {
  std::string out =
      "<!-- SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause -->\n"
      "<!-- Made by `make docs` from the tables that errors are judged by; do not edit. -->\n"
      "# The counters of /proc/net/xfrm_stat\n\n"
      "What each one means, what causes it, and which evidence tells. `xfrm-snap explain COUNTER` says the "
      "same.\n";
  for (const CounterRow& row : counters())
    out += section(row.index, fmt::format(" In Linux {}.", kernels_of(row.index)));
  return out;
}

std::string losses_markdown() {
  std::string out =
      "<!-- SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause -->\n"
      "<!-- Made by `make docs` from the tables that losses are judged by; do not edit. -->\n"
      "# Packets that IPsec loses without a counter\n\n"
      "No counter of /proc/net/xfrm_stat rises for these. What each kind means, what causes it, and which evidence "
      "tells. `xfrm-snap explain NAME` says the same, of a kind or a cause, and whether this kernel has a place that "
      "loses packets so; `xfrm-snap probes` lists the places.\n";
  for (const LossKind& kind : told_losses())
    out += section(kind.index, "");
  return out;
}

} // namespace xs
