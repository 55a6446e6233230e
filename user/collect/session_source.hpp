// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The source of a session's records and numbers.
#pragma once

#include "../sys/result.hpp"
#include "counter_source.hpp"

#include <functional>
#include <map>
#include <span>
#include <string>

struct ring_buffer;

namespace xs {

class Tracer;

class SessionSource : public CounterSource {
public:
  using Take = std::function<bool(std::span<const uint8_t> record)>;
  using Wanted = std::function<bool(const error_key&, const error_row&)>;
  using Errors = std::vector<std::pair<error_key, error_row>>;
  using Totals = std::vector<std::pair<total_key, total_row>>;

  // `consume` passes records to `take`, which returns whether it wants another one.
  virtual Status open(Take take) = 0;
  // To poll for reading.
  virtual int fd() const = 0;
  // False: there may be more.
  virtual bool consume() = 0;

  // `error` is set to an errno if the kernel refuses.
  virtual Errors errors(const Wanted& wanted, int& error) = 0;
  virtual void remove_error(const error_key& key) = 0;
  virtual Totals totals(int& error) = 0;
  virtual uint64_t lost(uint32_t kind, int& error) = 0; // enum lost_kind

  // As in Tracer.
  virtual uint64_t suppressed() const = 0;
  virtual bool at_limit() const = 0;
  virtual size_t calls_under_way() const = 0;
  virtual uint64_t passed_over() const = 0;
  virtual std::map<std::string, uint64_t> missed_by_hooks() const = 0;
  // Detaches all probes; then everything that was sent can be received.
  virtual void detach_all() = 0;
};

// The tracing programs and their maps.
class TracerSource final : public SessionSource {
public:
  explicit TracerSource(Tracer& tracer) : tracer_(tracer) {}
  ~TracerSource() override;
  TracerSource(const TracerSource&) = delete;
  TracerSource& operator=(const TracerSource&) = delete;

  Status open(Take take) override;
  int fd() const override;
  bool consume() override;
  Errors errors(const Wanted& wanted, int& error) override;
  void remove_error(const error_key& key) override;
  Totals totals(int& error) override;
  uint64_t lost(uint32_t kind, int& error) override;
  uint64_t suppressed() const override;
  bool at_limit() const override;
  size_t calls_under_way() const override;
  uint64_t passed_over() const override;
  std::map<std::string, uint64_t> missed_by_hooks() const override;
  void detach_all() override;

  Rows netns(int& error) override;
  bool follow(uint64_t mib, const netns_row& row) override;
  void forget(uint64_t mib) override;
  std::optional<counters_row> sample(uint64_t mib, uint64_t born_ns) override;
  void open_gate() override;
  void close_gate() override;
  uint64_t now_ns() override;
  void pause() override;

private:
  Tracer& tracer_;
  Take take_;
  ring_buffer* ring_ = nullptr;
};

} // namespace xs
