// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads the ring buffer and the maps of the tracing programs.
#include "session_source.hpp"
#include "../attach/tracer.hpp"
#include "../sys/clock.hpp"
#include "../sys/map_row.hpp"
#include "maps.hpp"

#include <bpf/libbpf.h>
#include <cerrno>
#include <chrono>
#include <thread>

namespace xs {

TracerSource::~TracerSource() {
  ring_buffer__free(ring_);
}

Status TracerSource::open(Take take) {
  take_ = std::move(take);
  const auto give = [](void* self, void* data, size_t size) {
    const bool more = static_cast<TracerSource*>(self)->take_({static_cast<const uint8_t*>(data), size});
    return more ? 0 : -EAGAIN; // leaves ring_buffer__consume
  };
  ring_ = ring_buffer__new(tracer_.map_fd("events"), give, this, nullptr);
  if (!ring_) return fail("cannot open the ring buffer: {}", errno_text());
  return {};
}

int TracerSource::fd() const {
  return ring_buffer__epoll_fd(ring_);
}

bool TracerSource::consume() {
  return ring_buffer__consume(ring_) >= 0;
}

SessionSource::Errors TracerSource::errors(const Wanted& wanted, int& error) {
  return read_rows_if<error_key, error_row>(tracer_.map_fd("errors"), error, wanted);
}

void TracerSource::remove_error(const error_key& key) {
  delete_row(tracer_.map_fd("errors"), &key);
}

SessionSource::Totals TracerSource::totals(int& error) {
  return read_rows<total_key, total_row>(tracer_.map_fd("totals"), error);
}

uint64_t TracerSource::lost(uint32_t kind, int& error) {
  uint64_t n = 0;
  if (look_up_row(tracer_.map_fd("lost"), &kind, &n)) error = errno;
  return n;
}

uint64_t TracerSource::suppressed() const {
  return tracer_.suppressed();
}

bool TracerSource::at_limit() const {
  return tracer_.at_limit();
}

size_t TracerSource::calls_under_way() const {
  return tracer_.calls_under_way();
}

uint64_t TracerSource::passed_over() const {
  return tracer_.passed_over();
}

std::map<std::string, uint64_t> TracerSource::missed_by_hooks() const {
  return tracer_.missed_by_hooks();
}

void TracerSource::detach_all() {
  tracer_.detach_all();
}

CounterSource::Rows TracerSource::netns(int& error) {
  return read_rows<uint64_t, netns_row>(tracer_.map_fd("netns"), error);
}

bool TracerSource::follow(uint64_t mib, const netns_row& row) {
  return !update_row(tracer_.map_fd("netns"), &mib, &row, BPF_NOEXIST) || errno == EEXIST;
}

void TracerSource::forget(uint64_t mib) {
  delete_row(tracer_.map_fd("netns"), &mib);
}

std::optional<counters_row> TracerSource::sample(uint64_t mib, uint64_t born_ns) {
  return tracer_.sample(mib, born_ns);
}

void TracerSource::open_gate() {
  tracer_.open_gate();
}

void TracerSource::close_gate() {
  tracer_.close_gate();
}

uint64_t TracerSource::now_ns() {
  return mono_ns();
}

void TracerSource::pause() {
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

} // namespace xs
