// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The tables of commands and options, from which the parser, --help, the manual page and the completions are made.
#pragma once

#include "options.hpp"

#include <span>
#include <string_view>

namespace xs {

struct CommandRow {
  Command command;
  const char* name;
  const char* about;
  const char* argument = ""; // "TABLE"; "": none
  const char* words = "";    // the accepted words, separated by blanks; "": a counter
  bool needed = false;       // the command requires its argument
  const char* doing;         // "tracing", for sentences
};

// What a shell offers as the value of an option.
enum class Offer : uint8_t { nothing, words, counter, device, netns, file, directory };

struct OptionRow {
  const char* names;         // "-c,--count"
  const char* argument = ""; // "N"; "": none
  const char* help;          // one line, without a full stop
  const char* standard = ""; // the default; "": not worth printing
  const char* group;         // heading in --help and the manual page
  uint32_t commands;         // bits of enum Command
  bool repeatable = false;
  Offer offer = Offer::nothing;
  const char* words = ""; // Offer::words: the accepted words, separated by blanks
  // Takes the value. Returns what is wrong with it, as a sentence; empty: nothing.
  std::string (*take)(Options& into, const std::string& word);
};

constexpr uint32_t bit(Command command) {
  return 1u << static_cast<uint32_t>(command);
}

std::span<const CommandRow> command_table();
std::span<const OptionRow> option_table();
const CommandRow& command_row(Command command);

// "--count"
std::string_view long_name(const OptionRow& option);
// "-c"; empty: it has none.
std::string_view short_name(const OptionRow& option);
// "tracing and show"
std::string heeded_by(const OptionRow& option);
// "trace, show and check"
std::string listed(const std::vector<std::string>& words);
std::vector<std::string> split_words(std::string_view words);

// The options that the parser itself has: --help and --version.
struct StandardOption {
  const char* names;
  const char* help;
};
inline constexpr StandardOption kHelp{"-h,--help", "Print this help and exit"};
inline constexpr StandardOption kVersion{"-V,--version", "Print the version and exit"};

} // namespace xs
