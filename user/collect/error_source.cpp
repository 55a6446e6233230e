// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads map `errors`, and what `totals` counts beyond it.
#include "error_source.hpp"
#include "../decode/error_table.hpp"
#include "kallsyms.hpp"
#include "netns_id.hpp"

#include <map>

namespace xs {
namespace {

using Counted = std::map<std::pair<NetnsId, uint32_t>, uint64_t>; // by netns and counter

// The sites of the increments.
Result<Sites> read_sites(const PinnedMaps& maps) {
  Sites out;
  const auto sites = read_pinned<uint64_t, struct site>(maps.sites, "sites");
  if (!sites) return tl::unexpected(sites.error());
  const auto symbols = read_kallsyms();
  if (!symbols) return tl::unexpected(symbols.error());
  for (const auto& [address, site] : *sites) {
    const auto at = symbols->below(address);
    if (at) out.emplace(site.id, SiteRef{at->name, address - at->address, at->module});
  }
  return out;
}

// Leaves out what the filter left out, and what came after the last event of --count: neither has rows.
Counted asked_for(const Totals& totals) {
  constexpr uint32_t kApart = FILTERED | AFTER_LIMIT;
  Counted out;
  for (const auto& [key, row] : totals)
    if (!(key.counter & kApart)) out[{netns_id(key), key.counter}] += row.count;
  return out;
}

void add_rest(std::vector<ErrorRow>& out, const Counted& totals, const Counted& rows) {
  for (const auto& [key, total] : totals) {
    const auto in_rows = rows.find(key);
    const uint64_t told = in_rows == rows.end() ? 0 : in_rows->second;
    if (total <= told) continue;
    ErrorRow rest;
    rest.counter = static_cast<uint8_t>(key.second);
    rest.netns.inum = key.first.inum;
    rest.n = total - told;
    out.push_back(std::move(rest));
  }
}

} // namespace

std::vector<ErrorRow> counted_errors(const Totals& totals, const Errors& errors, const Sites& sites) {
  Counted told;
  std::vector<ErrorRow> out;
  for (const auto& [key, row] : errors) {
    told[{netns_id(key), key.counter}] += row.count;
    out.push_back(decode_error_row(key, row));
    if (const auto site = sites.find(key.site); site != sites.end()) out.back().site = site->second;
  }
  add_rest(out, asked_for(totals), told);
  return out;
}

// Reads rows after totals, so that what is counted meanwhile adds no remainder.
Result<std::vector<ErrorRow>> read_errors(const PinnedMaps& maps) {
  const auto sites = read_sites(maps);
  if (!sites) return tl::unexpected(sites.error());
  const auto totals = read_pinned<total_key, total_row>(maps.totals, "totals");
  if (!totals) return tl::unexpected(totals.error());
  const auto errors = read_pinned<error_key, error_row>(maps.errors, "errors");
  if (!errors) return tl::unexpected(errors.error());
  return counted_errors(*totals, *errors, *sites);
}

} // namespace xs
