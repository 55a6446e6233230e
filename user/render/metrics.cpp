// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Counts events by labels, and writes the page.
#include "metrics.hpp"
#include "../model/loss.hpp"
#include "../model/version.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <string_view>

namespace xs {
namespace {

// Escapes \ and " for the value of a label; line ends do not occur.
std::string quoted(const std::string& value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out + '"';
}

// A name that nothing in it steers a terminal with, and that no other name turns into: what cannot be shown as it is
// becomes \xNN, byte by byte, and \ becomes \\.
std::string distinct(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const Character one = first_character(name);
    const bool shown = one.size && !steers(one.code);
    const std::string_view bytes = name.substr(0, std::max<size_t>(one.size, 1));
    if (shown) out += bytes == "\\" ? "\\\\" : bytes;
    for (size_t i = 0; !shown && i < bytes.size(); i++)
      out += fmt::format("\\x{:02x}", static_cast<uint8_t>(bytes[i]));
    name.remove_prefix(bytes.size());
  }
  return out;
}

// Pages without a netns after which it is told no more that it is gone.
constexpr int kTold = 60;

// What is said of netns without a name: their number, that none is known, that there are too many of them.
constexpr const char* kUnknown = "?";

bool taken(const std::string& name) {
  const bool number = !name.empty() && name.find_first_not_of("0123456789") == name.npos;
  return number || name == kUnknown || name == NetnsSeries::kOther;
}

std::string label_of(const Netns& netns) {
  if (!netns.inum) return kUnknown;
  if (!netns.name) return std::to_string(*netns.inum);
  if (!taken(*netns.name)) return distinct(*netns.name);
  return fmt::format("\\x{:02x}", static_cast<uint8_t>(netns.name->front())) + distinct(netns.name->substr(1));
}

using Family = NetnsSeries::Family;

std::string family(const char* name, const char* type, const char* help) {
  return fmt::format("# HELP xfrm_snap_{0} {2}\n# TYPE xfrm_snap_{0} {1}\n", name, type, help);
}

template <class Value> std::string gauge(const char* name, const char* help, Value value) {
  return family(name, "gauge", help) + fmt::format("xfrm_snap_{} {}\n", name, value);
}

struct Lost {
  const char* what;
  uint64_t Summary::*count;
};
constexpr Lost kLost[] = {{"ring", &Summary::lost_ring},     {"map_full", &Summary::lost_map_full},
                          {"states", &Summary::lost_states}, {"policies", &Summary::lost_policies},
                          {"tc", &Summary::lost_tc},         {"changes", &Summary::lost_changes}};

std::string lost_lines(const Summary& losses) {
  std::string out = family("lost_total", "counter", "What found no room and could not be told.");
  for (const Lost& lost : kLost)
    out += fmt::format("xfrm_snap_lost_total{{what=\"{}\"}} {}\n", lost.what, losses.*lost.count);
  return out;
}

std::string mirror_lines(const Gauges& g) {
  std::string out = family("mirror_objects", "gauge", "States and policies in the mirror.");
  out += fmt::format("xfrm_snap_mirror_objects{{kind=\"state\"}} {}\n", g.states);
  out += fmt::format("xfrm_snap_mirror_objects{{kind=\"policy\"}} {}\n", g.policies);
  out += family("mirror_room", "gauge", "States and policies that the mirror has room for.");
  out += fmt::format("xfrm_snap_mirror_room{{kind=\"state\"}} {}\n", g.states_room);
  return out + fmt::format("xfrm_snap_mirror_room{{kind=\"policy\"}} {}\n", g.policies_room);
}

std::string site_lines(const Gauges& g) {
  std::string out = family("sites", "gauge", "Places in the kernel that count errors.");
  out += fmt::format("xfrm_snap_sites{{state=\"found\"}} {}\n", g.sites_found);
  return out + fmt::format("xfrm_snap_sites{{state=\"attached\"}} {}\n", g.sites_attached);
}

} // namespace

void Metrics::add(const Event& event, const Finding& finding) {
  const bool loss = is_loss(event.counter);
  series_.add(label_of(event.netns),
              {loss ? Family::losses : Family::errors, loss ? uint8_t{} : event.counter, finding.cause}, event.n);
}

// By how much the counters rose is added to what their netns' name has: another netns may have had it before, or go by
// the name "(other)" as well, and no series falls when one of them goes. A new name gets all of it.
void Metrics::settle(const NetnsCounters& netns) {
  Read& read = read_[{netns.netns.inum.value_or(0), netns.born_ns}];
  read.absent = 0;
  if (std::string name = label_of(netns.netns); name != read.name) read = {std::move(name), {}};
  for (const KernelCounter& now : netns.counters) {
    auto& [value, filtered] = read.counters[now.counter];
    const auto raise = [&](Family family, uint64_t& from, uint64_t to) {
      if (to > from) series_.add(read.name, {family, now.counter, {}}, to - from);
      from = std::max(from, to);
    };
    raise(Family::kernel, value, now.value);
    raise(Family::filtered, filtered, now.filtered);
  }
}

void Metrics::gone(const NetnsCounters& last) {
  settle(last);
  read_.erase({last.netns.inum.value_or(0), last.born_ns});
}

// One that is gone is told about soon after it is missed here, save where the ring buffer was full.
void Metrics::follow(const std::vector<NetnsCounters>& there) {
  std::set<std::string> names;
  for (auto& [id, read] : read_)
    read.absent++;
  for (const NetnsCounters& netns : there) {
    settle(netns);
    names.insert(label_of(netns.netns));
  }
  std::erase_if(read_, [](const auto& one) { return one.second.absent > kTold; });
  series_.living(names);
}

std::string Metrics::lines(Family family) const {
  constexpr const char* kNames[] = {"errors_total", "kernel_errors_total", "filtered_errors_total",
                                    "losses_total"}; // by Family
  constexpr const char* kHelp[] = {"Errors that were seen, and told of, since the start.",
                                   "The kernel's own counters in /proc/net/xfrm_stat.",
                                   "Errors that a filter left out, since the start.",
                                   "Losses that no counter of the kernel counts, since the start."};
  const char* name = kNames[static_cast<size_t>(family)];
  std::string out = xs::family(name, "counter", kHelp[static_cast<size_t>(family)]);
  series_.each(family, [&](const std::string& netns, const NetnsSeries::Labels& labels, uint64_t n) {
    const bool caused = family == Family::errors || family == Family::losses;
    const std::string cause = caused ? ",cause=" + quoted(labels.cause) : "";
    const std::string counter =
        family == Family::losses ? "" : fmt::format(",counter=\"{}\"", counter_name(labels.counter));
    out += fmt::format("xfrm_snap_{}{{netns={}{}{}}} {}\n", name, quoted(netns), counter, cause, n);
  });
  return out;
}

std::string Metrics::text(const Gauges& g, const std::vector<NetnsCounters>& kernel) {
  follow(kernel);
  std::string out = family("build_info", "gauge", "1; its labels tell the program's version and the kernel's.");
  out += fmt::format("xfrm_snap_build_info{{version=\"{}\",kernel={}}} 1\n", XFRM_SNAP_VERSION, quoted(g.kernel));
  out +=
      gauge("start_time_seconds", "When it started, in seconds since the epoch.", fmt::format("{:.3f}", g.started_s));
  out += lines(Family::errors) + lines(Family::kernel) + lines(Family::filtered) + lines(Family::losses) +
         lost_lines(g.losses) + site_lines(g) + mirror_lines(g);
  out += gauge("netns", "Network namespaces that are watched.", g.netns);
  out += family("captured_packets_total", "counter", "Packets written to the file of --pcap.");
  return out + fmt::format("xfrm_snap_captured_packets_total {}\n", g.packets_captured);
}

} // namespace xs
