// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The command line.
#pragma once

#include "../model/records.hpp"
#include "../render/text.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace xs {

enum class Command { trace, show, probes, check, explain };
enum class Table { states, policies, deleted, tc, errors };
enum class ErrorOrder { count, last };

struct Options {
  Command command = Command::trace;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool stack = false;
  bool after_decryption = false;  // also losses after decryption
  std::optional<double> duration; // seconds
  std::optional<uint64_t> count;  // error lines
  uint32_t rate = 10;
  uint32_t max_errors = 8192;
  uint32_t max_states = 0; // states and as many policies; 0: room for what is there and more
  bool changes = false;
  std::string pcap;                    // file for packets, "-": standard output; empty: none
  std::string metrics;                 // address to serve metrics on; empty: none
  std::optional<std::string> pin;      // trace, show: the directory of the maps
  Table table = Table::states;         // show
  ErrorOrder sort = ErrorOrder::count; // show errors
  std::vector<std::string> netns;      // trace, show: names, paths, process ids or inode numbers; none: all
  filter only{};                       // trace: all filters but --netns
  bool statistics = false;             // show: also what ip -s adds
  std::string color_when = "auto";
  TextStyle style;
  std::string image;      // probes: a saved kernel image to analyze instead of this kernel
  std::string save_image; // probes: where to save this kernel's image
  std::string counter;    // explain: its name; empty: all
  bool markdown = false;  // explain: docs/counters.md
};

// Options, or the exit code to leave with: help and version were printed (0), or the usage error was (2).
std::variant<Options, int> parse_options(int argc, const char* const* argv);

} // namespace xs
