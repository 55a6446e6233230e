// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Parses the value of each option into Options, for the option table. Each function returns what is wrong with the word
// as a sentence; empty: nothing.
#pragma once

#include "filter_words.hpp"
#include "options.hpp"

#include "../model/probe_list.hpp"
#include "../sys/http_server.hpp"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>

namespace xs {

constexpr uint32_t kMostRows = 10'000'000;

template <class T> std::optional<T> number(const std::string& word) {
  T out{};
  const char* end = word.data() + word.size();
  const auto parsed = std::from_chars(word.data(), end, out);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return {};
  return out;
}

inline std::string is_not(const std::string& word, const char* what) {
  return fmt::format("'{}' is not {}", word, what);
}

// Takes the number into a member of Options if it is within bounds.
template <auto member, class T>
inline std::string take_number(Options& o, const std::string& word, T least, T most, const char* what) {
  const auto value = number<T>(word);
  if (!value || *value < least || *value > most) return is_not(word, what);
  o.*member = *value;
  return {};
}

inline std::string take_duration(Options& o, const std::string& word) {
  const auto value = number<double>(word);
  if (!value || !std::isfinite(*value) || *value <= 0) return is_not(word, "a number of seconds above 0");
  o.duration = *value;
  return {};
}

inline std::string take_count(Options& o, const std::string& word) {
  return take_number<&Options::count, uint64_t>(o, word, 1, UINT64_MAX, "a whole number above 0");
}

inline std::string take_rate(Options& o, const std::string& word) {
  return take_number<&Options::rate, uint32_t>(o, word, 0, UINT32_MAX, "a whole number");
}

inline std::string take_max_errors(Options& o, const std::string& word) {
  return take_number<&Options::max_errors, uint32_t>(o, word, 1, kMostRows, "a whole number from 1 to 10000000");
}

inline std::string take_max_states(Options& o, const std::string& word) {
  return take_number<&Options::max_states, uint32_t>(o, word, 0, kMostRows, "a whole number up to 10000000");
}

template <auto member> std::string take_flag(Options& o, const std::string&) {
  o.*member = true;
  return {};
}

template <auto member> std::string take_text(Options& o, const std::string& word) {
  o.*member = word;
  return {};
}

inline std::string take_utc(Options& o, const std::string&) {
  o.style.utc = true;
  return {};
}

inline std::string take_time(Options& o, const std::string& word) {
  using Time = TextStyle::Time;
  o.style.time = word == "absolute" ? Time::absolute : word == "relative" ? Time::relative : Time::none;
  return {};
}

inline std::string take_order(Options& o, const std::string& word) {
  o.sort = word == "last" ? ErrorOrder::last : ErrorOrder::count;
  return {};
}

inline std::string take_pin(Options& o, const std::string& word) {
  if (!word.starts_with('/')) return is_not(word, "an absolute path");
  o.pin = word;
  return {};
}

inline std::string take_image(Options& o, const std::string& word) {
  std::error_code ignored;
  if (!std::filesystem::exists(word, ignored)) return fmt::format("File does not exist: {}", word);
  o.image = word;
  return {};
}

inline std::string take_metrics(Options& o, const std::string& word) {
  if (!parse_address(word)) return is_not(word, "an address such as 127.0.0.1:9731");
  o.metrics = word;
  return {};
}

inline std::string take_netns(Options& o, const std::string& word) {
  o.netns.push_back(word);
  return {};
}

inline std::string take_counter(Options& o, const std::string& word) {
  const auto index = counter_index(word);
  if (!index) return is_not(word, "a counter of /proc/net/xfrm_stat");
  o.only.fields |= FILTER_COUNTER;
  o.only.counters |= 1ull << *index;
  return {};
}

template <auto member, uint32_t field> std::string take_prefix(Options& o, const std::string& word) {
  const auto value = parse_prefix(word);
  if (!value) return is_not(word, "an address or a prefix such as 192.0.2.0/24");
  o.only.fields |= field;
  o.only.*member = *value;
  return {};
}

inline std::string take_spi(Options& o, const std::string& word) {
  const auto value = parse_spi(word);
  if (!value) return is_not(word, "an SPI such as 0x101");
  o.only.fields |= FILTER_SPI;
  o.only.spi = *value;
  return {};
}

inline std::string take_mark(Options& o, const std::string& word) {
  const auto value = parse_mark(word);
  if (!value) return is_not(word, "a mark such as 0x1 or 0x100/0xf00");
  o.only.fields |= FILTER_MARK;
  o.only.mark = value->value;
  o.only.mark_mask = value->mask;
  return {};
}

inline std::string take_ifname(Options& o, const std::string& word) {
  if (!put_ifname(o.only, word)) return is_not(word, "the name of a device");
  o.only.fields |= FILTER_IFNAME;
  return {};
}

} // namespace xs
