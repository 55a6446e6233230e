// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads and writes map `netns`.
#include "counter_source.hpp"
#include "../sys/clock.hpp"
#include "../sys/map_row.hpp"
#include "maps.hpp"

#include <chrono>
#include <thread>

namespace xs {

CounterSource::Rows TracerCounters::netns(int& error) {
  return read_rows<uint64_t, netns_row>(tracer_.map_fd("netns"), error);
}

bool TracerCounters::follow(uint64_t mib, const netns_row& row) {
  return !update_row(tracer_.map_fd("netns"), &mib, &row, BPF_NOEXIST) || errno == EEXIST;
}

void TracerCounters::forget(uint64_t mib) {
  delete_row(tracer_.map_fd("netns"), &mib);
}

uint64_t TracerCounters::now_ns() {
  return mono_ns();
}

void TracerCounters::pause() {
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

} // namespace xs
