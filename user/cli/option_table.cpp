// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The tables, and how each word is taken.
#include "option_table.hpp"
#include "filter_words.hpp"

#include "../model/joined.hpp"
#include "../model/probe_list.hpp"
#include "../sys/http_server.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>

namespace xs {
namespace {

constexpr uint32_t kTrace = bit(Command::trace);
constexpr uint32_t kShow = bit(Command::show);
constexpr uint32_t kProbes = bit(Command::probes);
constexpr uint32_t kExplain = bit(Command::explain);
constexpr uint32_t kAll = UINT32_MAX;
constexpr uint32_t kMostRows = 10'000'000;

constexpr CommandRow kCommands[] = {
    {Command::trace, "trace", "Trace errors (the default)", "", "", false, "tracing"},
    {Command::show, "show",
     "Show the states, policies, what was deleted, what tc has, or the errors, as a running xfrm-snap knows it",
     "TABLE", "states policies deleted tc errors", true, "show"},
    {Command::explain, "explain", "Tell what a counter or a loss means, its causes, and what to look at", "NAME", "",
     false, "explain"},
    {Command::probes, "probes", "Show where this kernel counts errors, and what is known there", "", "", false,
     "probes"},
    {Command::check, "check", "Test whether this node can run xfrm-snap, with the remedy if it cannot", "", "", false,
     "check"},
};

template <class T> std::optional<T> number(const std::string& word) {
  T out{};
  const char* end = word.data() + word.size();
  const auto parsed = std::from_chars(word.data(), end, out);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return {};
  return out;
}

std::string is_not(const std::string& word, const char* what) {
  return fmt::format("'{}' is not {}", word, what);
}

// Takes the number into a member of Options if it is within bounds.
template <auto member, class T>
std::string take_number(Options& o, const std::string& word, T least, T most, const char* what) {
  const auto value = number<T>(word);
  if (!value || *value < least || *value > most) return is_not(word, what);
  o.*member = *value;
  return {};
}

std::string take_duration(Options& o, const std::string& word) {
  const auto value = number<double>(word);
  if (!value || !std::isfinite(*value) || *value <= 0) return is_not(word, "a number of seconds above 0");
  o.duration = *value;
  return {};
}

std::string take_count(Options& o, const std::string& word) {
  return take_number<&Options::count, uint64_t>(o, word, 1, UINT64_MAX, "a whole number above 0");
}

std::string take_rate(Options& o, const std::string& word) {
  return take_number<&Options::rate, uint32_t>(o, word, 0, UINT32_MAX, "a whole number");
}

std::string take_max_errors(Options& o, const std::string& word) {
  return take_number<&Options::max_errors, uint32_t>(o, word, 1, kMostRows, "a whole number from 1 to 10000000");
}

std::string take_max_states(Options& o, const std::string& word) {
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

std::string take_utc(Options& o, const std::string&) {
  o.style.utc = true;
  return {};
}

std::string take_time(Options& o, const std::string& word) {
  using Time = TextStyle::Time;
  o.style.time = word == "absolute" ? Time::absolute : word == "relative" ? Time::relative : Time::none;
  return {};
}

std::string take_order(Options& o, const std::string& word) {
  o.sort = word == "last" ? ErrorOrder::last : ErrorOrder::count;
  return {};
}

std::string take_pin(Options& o, const std::string& word) {
  if (!word.starts_with('/')) return is_not(word, "an absolute path");
  o.pin = word;
  return {};
}

std::string take_image(Options& o, const std::string& word) {
  std::error_code ignored;
  if (!std::filesystem::exists(word, ignored)) return fmt::format("File does not exist: {}", word);
  o.image = word;
  return {};
}

std::string take_metrics(Options& o, const std::string& word) {
  if (!parse_address(word)) return is_not(word, "an address such as 127.0.0.1:9731");
  o.metrics = word;
  return {};
}

std::string take_netns(Options& o, const std::string& word) {
  o.netns.push_back(word);
  return {};
}

std::string take_counter(Options& o, const std::string& word) {
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

std::string take_spi(Options& o, const std::string& word) {
  const auto value = parse_spi(word);
  if (!value) return is_not(word, "an SPI such as 0x101");
  o.only.fields |= FILTER_SPI;
  o.only.spi = *value;
  return {};
}

std::string take_mark(Options& o, const std::string& word) {
  const auto value = parse_mark(word);
  if (!value) return is_not(word, "a mark such as 0x1 or 0x100/0xf00");
  o.only.fields |= FILTER_MARK;
  o.only.mark = value->value;
  o.only.mark_mask = value->mask;
  return {};
}

std::string take_ifname(Options& o, const std::string& word) {
  if (!put_ifname(o.only, word)) return is_not(word, "the name of a device");
  o.only.fields |= FILTER_IFNAME;
  return {};
}

constexpr const char* kAllGroup = "All commands";
constexpr const char* kTraceGroup = "Tracing";
constexpr const char* kFilterGroup = "Filters of tracing; what they leave out is counted apart";
constexpr const char* kSharedGroup = "Tracing and show";
constexpr const char* kShowGroup = "Show";
constexpr const char* kProbesGroup = "Probes";
constexpr const char* kExplainGroup = "Explain";

constexpr OptionRow kOptions[] = {
    {"--json", "", "Print one JSON object a line", "", kAllGroup, kAll, false, Offer::nothing, "",
     take_flag<&Options::json>},
    {"--color", "WHEN", "auto, always or never; auto honours NO_COLOR", "auto", kAllGroup, kAll, false, Offer::words,
     "auto always never", take_text<&Options::color_when>},
    {"-q,--quiet", "", "No status on stderr", "", kAllGroup, kAll, false, Offer::nothing, "",
     take_flag<&Options::quiet>},
    {"-v,--verbose", "", "More status on stderr", "", kAllGroup, kAll, false, Offer::nothing, "",
     take_flag<&Options::verbose>},
    {"--duration", "SECS", "Leave after this many seconds", "", kTraceGroup, kTrace, false, Offer::nothing, "",
     take_duration},
    {"-c,--count", "N", "Leave after this many error lines", "", kTraceGroup, kTrace, false, Offer::nothing, "",
     take_count},
    {"--stack", "", "Show the kernel stack of each error", "", kTraceGroup, kTrace, false, Offer::nothing, "",
     take_flag<&Options::stack>},
    {"--after-decryption", "", "Also tell packets that routing or the firewall drops after decryption", "", kTraceGroup,
     kTrace, false, Offer::nothing, "", take_flag<&Options::after_decryption>},
    {"--changes", "", "Print changes of states, policies and tc as they happen", "", kTraceGroup, kTrace, false,
     Offer::nothing, "", take_flag<&Options::changes>},
    {"--pcap", "FILE", "Write each error's packet to this file as pcapng; -: to stdout, and lines to stderr", "",
     kTraceGroup, kTrace, false, Offer::file, "", take_text<&Options::pcap>},
    {"--metrics", "ADDRESS:PORT", "Serve /metrics for Prometheus, /healthz and /readyz there; :PORT is on loopback", "",
     kTraceGroup, kTrace, false, Offer::nothing, "", take_metrics},
    {"--rate", "N", "Error lines per second and failure, 0 for all; the rest is counted in a later line", "10",
     kTraceGroup, kTrace, false, Offer::nothing, "", take_rate},
    {"--max-errors", "N", "Distinct failures to keep apart", "8192", kTraceGroup, kTrace, false, Offer::nothing, "",
     take_max_errors},
    {"--max-states", "N", "States to keep; 0: room for twice what is there, and more", "0", kTraceGroup, kTrace, false,
     Offer::nothing, "", take_max_states},
    {"--timestamp", "HOW", "absolute, relative or none", "absolute", kTraceGroup, kTrace, false, Offer::words,
     "absolute relative none", take_time},
    {"--counter", "NAME", "Only errors that this counter counts; repeatable", "", kFilterGroup, kTrace, true,
     Offer::counter, "", take_counter},
    {"--src", "ADDRESS", "Only packets and flows from this address or prefix", "", kFilterGroup, kTrace, false,
     Offer::nothing, "", take_prefix<&filter::src, FILTER_SRC>},
    {"--dst", "ADDRESS", "Only packets and flows to this address or prefix", "", kFilterGroup, kTrace, false,
     Offer::nothing, "", take_prefix<&filter::dst, FILTER_DST>},
    {"--spi", "SPI", "Only packets with this SPI, or that hold the SA with it", "", kFilterGroup, kTrace, false,
     Offer::nothing, "", take_spi},
    {"--mark", "V/M", "Only packets and flows whose mark, under the mask M, is V", "", kFilterGroup, kTrace, false,
     Offer::nothing, "", take_mark},
    {"--ifname", "NAME", "Only packets and flows of this device", "", kFilterGroup, kTrace, false, Offer::device, "",
     take_ifname},
    {"--netns", "NETNS", "Only this one: its name, a path, a process in it or its inode number; repeatable", "",
     kSharedGroup, kTrace | kShow, true, Offer::netns, "", take_netns},
    {"--pin", "DIR", "Where the maps are while it runs", "/sys/fs/bpf/xfrm-snap", kSharedGroup, kTrace | kShow, false,
     Offer::directory, "", take_pin},
    {"--utc", "", "Show absolute times in UTC", "", kSharedGroup, kTrace | kShow, false, Offer::nothing, "", take_utc},
    {"-s,--statistics", "", "Also lifetimes and statistics, as ip -s", "", kShowGroup, kShow, false, Offer::nothing, "",
     take_flag<&Options::statistics>},
    {"--sort", "ORDER", "Errors: the most frequent ones first (count), or the latest (last)", "count", kShowGroup,
     kShow, false, Offer::words, "count last", take_order},
    {"--markdown", "", "All counters as a document, that of docs/counters.md", "", kExplainGroup, kExplain, false,
     Offer::nothing, "", take_flag<&Options::markdown>},
    {"--image", "FILE", "Look at a saved kernel image, plain or .gz, instead of this kernel", "", kProbesGroup, kProbes,
     false, Offer::file, "", take_image},
    {"--save-image", "FILE", "Save what the analysis saw of this kernel, for a bug report; FILE.gz: compressed", "",
     kProbesGroup, kProbes, false, Offer::file, "", take_text<&Options::save_image>},
};

} // namespace

std::span<const CommandRow> command_table() {
  return kCommands;
}

std::span<const OptionRow> option_table() {
  return kOptions;
}

const CommandRow& command_row(Command command) {
  return *std::ranges::find(kCommands, command, &CommandRow::command);
}

std::string_view long_name(const OptionRow& option) {
  const std::string_view names = option.names;
  return names.substr(names.find("--"));
}

std::string_view short_name(const OptionRow& option) {
  const std::string_view names = option.names;
  return names.starts_with("--") ? "" : names.substr(0, names.find(','));
}

std::string heeded_by(const OptionRow& option) {
  std::vector<std::string> doing;
  for (const CommandRow& row : kCommands)
    if (option.commands & bit(row.command)) doing.emplace_back(row.doing);
  return listed(doing);
}

std::string listed(const std::vector<std::string>& words) {
  if (words.size() < 2) return words.empty() ? "" : words.front();
  return fmt::format("{} and {}", joined(std::span(words).first(words.size() - 1), ", "), words.back());
}

std::vector<std::string> split_words(std::string_view words) {
  std::vector<std::string> out;
  while (!words.empty()) {
    const size_t end = std::min(words.find(' '), words.size());
    out.emplace_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return out;
}

} // namespace xs
