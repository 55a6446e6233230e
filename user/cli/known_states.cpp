// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads SAs and tombstones from the mirror's maps.
#include "known_states.hpp"

#include "../attach/tracer.hpp"
#include "../collect/maps.hpp"
#include "../decode/mirror.hpp"
#include "../diagnose/interface_states.hpp"

#include <utility>

namespace xs {
namespace {

template <class Row> bool of_interface(const Row& row) {
  return row.if_id && settled(row);
}

KnownStates::Lists lists(Tracer& tracer, int64_t clock_offset, int& error) {
  KnownStates::Lists out;
  const auto wanted = [](const auto&, const auto& row) { return of_interface(row); };
  for (const auto& [address, row] : read_rows_if<uint64_t, state_kept>(tracer.map_fd("states"), error, wanted))
    out.live.push_back(decode_state(whole_row(row), clock_offset));
  for (const auto& [slot, row] : read_rows_if<uint32_t, state_row>(tracer.map_fd("deleted"), error, wanted))
    out.gone.push_back(decode_state(row, clock_offset));
  return out;
}

} // namespace

KnownStates::Read states_of(std::optional<Tracer>& tracer) {
  return [&tracer](const Event& e) -> std::optional<KnownStates::Lists> {
    int error = 0;
    auto out = lists(*tracer, e.real_ns - static_cast<int64_t>(e.mono_ns), error);
    return error ? std::nullopt : std::optional(std::move(out));
  };
}

void KnownStates::complete(Event& e) {
  if (!wants_states(e)) return;
  if (const auto& lists = lists_.list_for(e)) tell_states(e, lists->live, lists->gone);
}

} // namespace xs
