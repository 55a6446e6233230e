// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The command `explain`: what counters and losses mean, and which of them this kernel can raise.
#include "commands.hpp"
#include "output.hpp"
#include "status_line.hpp"

#include "../collect/finder.hpp"
#include "../collect/requirements.hpp"
#include "../diagnose/diagnose.hpp"
#include "../model/loss.hpp"
#include "../render/explain.hpp"
#include "../sys/procfs.hpp"

#include <cstdio>
#include <sys/utsname.h>
#include <unistd.h>

namespace xs {
namespace {

std::optional<std::set<std::string>> listed_counters() {
  const auto text = read_file("/proc/net/xfrm_stat");
  if (!text) return {};
  std::set<std::string> out;
  for (size_t at = 0; at < text->size(); at = std::min(text->find('\n', at), text->size()) + 1)
    if (const size_t end = text->find_first_of(" \t\n", at); end != text->npos && end > at)
      out.insert(text->substr(at, end - at));
  return out;
}

// Adds the places that lose packets, by kind. The place of an ICMP error stands for several kinds.
void add_losses(std::map<uint8_t, size_t>& to, const std::vector<Site>& sites) {
  for (const Site& site : sites)
    if (site.counter == LOSS_ICMP)
      for (const uint8_t told : {LOSS_TOO_BIG, LOSS_NO_ENCAP_SOCKET, LOSS_NO_HANDLER})
        to[told]++;
    else
      to[site.counter]++;
}

// None: this node does not allow reading the kernel.
std::optional<std::map<uint8_t, size_t>> places() {
  if (!first_failure(judge(look_at_node(), Purpose::probes))) return {};
  auto memory = KernelMemory::open();
  if (!memory) return {};
  const auto found = find(*memory);
  if (!found) return {};
  std::map<uint8_t, size_t> out;
  for (const Site& site : found->sites)
    out[site.counter]++;
  add_losses(out, found->losses.sites);
  return out;
}

KernelCounters this_kernel() {
  utsname name{};
  uname(&name);
  return {name.release, listed_counters(), places()};
}

int print_all(bool json, const KernelCounters& kernel, const TextStyle& style) {
  Output out;
  if (!json) out.print(overview_text(kernel, style));
  if (json)
    for (const CounterRow& row : counters())
      out.print(line(explain_json(row.index, kernel)));
  if (json)
    for (const LossKind& kind : told_losses())
      out.print(line(explain_json(kind.index, kernel)));
  return out.exit_code();
}

} // namespace

int run_explain(const Options& options) {
  quiet_libbpf(options);
  TextStyle style = options.style;
  style.width = terminal_width(STDOUT_FILENO);
  Output out;
  if (options.markdown) {
    out.print(counters_markdown());
    return out.exit_code();
  }
  const KernelCounters kernel = this_kernel();
  if (options.counter.empty()) return print_all(options.json, kernel, style);
  const uint8_t counter = *counter_or_loss(options.counter);
  out.print(options.json ? line(explain_json(counter, kernel)) : explain_text(counter, kernel, style));
  return out.exit_code();
}

} // namespace xs
