// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The command `show errors`: what a running xfrm-snap has counted, the most frequent or the latest failure first.
#include "commands.hpp"
#include "output.hpp"

#include "../collect/error_source.hpp"
#include "../collect/pins.hpp"
#include "../render/error_table.hpp"
#include "../sys/clock.hpp"
#include "../sys/netns_names.hpp"
#include "../sys/netns_words.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <set>

namespace xs {
namespace {

Result<std::vector<ErrorRow>> running_errors(const Options& options) {
  const auto maps = open_pinned(options.pin.value_or(kPinDir));
  if (!maps) return tl::unexpected(maps.error());
  if (!*maps)
    return fail("no xfrm-snap runs, and nobody else counts which errors there were: start one, and ask again");
  return read_errors(**maps);
}

void order(std::vector<ErrorRow>& rows, ErrorOrder by) {
  if (by == ErrorOrder::last)
    std::ranges::stable_sort(rows, std::greater{}, [](const ErrorRow& r) { return r.last_ns.value_or(0); });
  else
    std::ranges::stable_sort(rows, std::greater{}, &ErrorRow::n);
}

int refuse(const Error& error) {
  complain(error.text);
  return 1;
}

} // namespace

int show_errors(const Options& options) {
  auto wanted = netns_inums(options.netns);
  if (!wanted) return refuse(wanted.error());
  auto rows = running_errors(options);
  if (!rows) return refuse(rows.error());
  if (!wanted->empty())
    std::erase_if(*rows, [&](const ErrorRow& r) { return !wanted->contains(r.netns.inum.value_or(0)); });
  order(*rows, options.sort);
  NetnsNames names(netns_inum("init").value_or(0));
  names.scan();
  const int64_t mono_ns = now_ns(CLOCK_MONOTONIC), offset_ns = now_ns(CLOCK_REALTIME) - mono_ns;
  Output out;
  for (ErrorRow& row : *rows) {
    if (row.netns.inum) row.netns.name = names.name(*row.netns.inum);
    out.print(options.json ? line(to_json(row, offset_ns)) : to_text(row, static_cast<uint64_t>(mono_ns)));
    if (out.closed()) break;
  }
  return out.exit_code();
}

} // namespace xs
