// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Makes the status line of a run.
#include "live.hpp"
#include "../model/loss.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace xs {

std::string grouped(uint64_t n) {
  std::string out = std::to_string(n);
  for (size_t at = out.size(); at > 3; at -= 3)
    out.insert(at - 3, 1, ',');
  return out;
}

void Live::add(const Event& e) {
  counts_[e.counter].n += e.n;
}

std::string Live::line(uint64_t start_ns, uint64_t now_ns) {
  const double passed = static_cast<double>(now_ns - std::max(told_ns_, start_ns)) / 1e9;
  told_ns_ = now_ns;
  uint64_t all = 0;
  std::vector<std::pair<uint64_t, std::string>> parts;
  for (auto& [counter, c] : counts_) {
    const double rate = passed > 0 ? static_cast<double>(c.n - c.told) / passed : 0;
    const std::string text = fmt::format("{} {}", kind_name(counter), grouped(c.n));
    parts.emplace_back(c.n, c.n > c.told ? fmt::format("{} ({:.0f}/s)", text, rate) : text);
    c.told = c.n;
    all += c.n;
  }
  std::ranges::stable_sort(parts, [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string out =
      fmt::format("{} s, {} {}", (now_ns - start_ns) / 1'000'000'000, grouped(all), all == 1 ? "error" : "errors");
  for (size_t i = 0; i < parts.size(); i++)
    out += (i ? ", " : ": ") + parts[i].second;
  return out;
}

} // namespace xs
