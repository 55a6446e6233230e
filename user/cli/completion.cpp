// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes the completions for bash and zsh.
#include "manual.hpp"
#include "option_table.hpp"

#include "../diagnose/diagnose.hpp"
#include "../model/joined.hpp"
#include "../model/probe_list.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

constexpr const char* kNetns = "init $(ls /run/netns 2>/dev/null)";
constexpr const char* kDevices = "$(ls /sys/class/net 2>/dev/null)";

std::string counter_names() {
  std::vector<std::string> names;
  for (const CounterRow& row : counters())
    names.emplace_back(row.name);
  return joined(names, " ");
}

// What the shell offers as an option's value; empty: anything.
std::string offered(const OptionRow& row) {
  switch (row.offer) {
  case Offer::words:
    return row.words;
  case Offer::counter:
    return counter_names();
  case Offer::device:
    return kDevices;
  case Offer::netns:
    return kNetns;
  default:
    return {};
  }
}

std::vector<std::string> all_names(const char* names) {
  std::vector<std::string> out;
  for (std::string_view rest = names; !rest.empty();) {
    const size_t end = std::min(rest.find(','), rest.size());
    out.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

// The case in bash for the word before the cursor.
std::string bash_case(const OptionRow& row) {
  const std::string words = offered(row);
  const char* files = row.offer == Offer::file ? "-f" : "-d";
  const bool paths = row.offer == Offer::file || row.offer == Offer::directory;
  const std::string how = paths           ? fmt::format("COMPREPLY=($(compgen {} -- \"$word\"))", files)
                          : words.empty() ? std::string("COMPREPLY=()")
                                          : fmt::format("COMPREPLY=($(compgen -W \"{}\" -- \"$word\"))", words);
  return fmt::format("  {})\n    {}\n    return\n    ;;\n", joined(all_names(row.names), " | "), how);
}

std::string command_names(const char* between) {
  std::vector<std::string> names;
  for (const CommandRow& row : command_table())
    names.emplace_back(row.name);
  return joined(names, between);
}

// The words that a command's argument may be; empty: it takes none.
std::string argument_words(const CommandRow& row) {
  return *row.words || !*row.argument ? row.words : counter_names() + " " + joined(loss_names(), " ");
}

// What may follow a command: its words and its options. `label`: the shell's pattern for the command.
std::string bash_words(const char* label, const CommandRow& command, const std::string& more = {}) {
  std::vector<std::string> words = split_words(more.empty() ? argument_words(command) : more);
  for (const OptionRow& row : option_table())
    if (row.commands & bit(command.command)) std::ranges::copy(all_names(row.names), std::back_inserter(words));
  for (const StandardOption& option : {kHelp, kVersion})
    std::ranges::copy(all_names(option.names), std::back_inserter(words));
  return fmt::format("  {}) words=\"{}\" ;;\n", label, joined(words, " "));
}

// Escapes quotes and brackets for _arguments.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':') out += '\\';
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out;
}

std::string zsh_values(const OptionRow& row) {
  if (row.offer == Offer::file) return "_files";
  if (row.offer == Offer::directory) return "_files -/";
  const std::string words = offered(row);
  if (words.empty()) return " ";
  return words.find('$') == std::string::npos ? fmt::format("({})", words) : fmt::format("{{compadd -- {}}}", words);
}

std::string zsh_option(const OptionRow& row) {
  const auto names = all_names(row.names);
  const std::string help = zsh_text(row.help);
  const std::string value =
      *row.argument ? fmt::format(":{}:{}", zsh_text(row.argument), zsh_values(row)) : std::string();
  if (row.repeatable) return fmt::format("    '*{}[{}]{}'\n", names.back(), help, value);
  if (names.size() == 1) return fmt::format("    '{}[{}]{}'\n", names.front(), help, value);
  return fmt::format("    '({})'{{{}}}'[{}]{}'\n", joined(names, " "), joined(names, ","), help, value);
}

std::string zsh_case(const char* label, const CommandRow& command, const std::string& more = {}) {
  std::string out = fmt::format("  {})\n    options=(\n", label);
  for (const OptionRow& row : option_table())
    if (row.commands & bit(command.command)) out += "  " + zsh_option(row);
  if (!more.empty()) out += fmt::format("      '1:command:({})'\n", more);
  if (*command.argument) out += fmt::format("      '2:{}:({})'\n", command.argument, argument_words(command));
  return out + "    )\n    ;;\n";
}

constexpr const char* kNote = "# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause\n"
                              "# Made of the option table by make docs; do not edit.\n";

} // namespace

std::string bash_completion() {
  std::string out = "# bash completion for xfrm-snap\n";
  out += kNote;
  out += "\n_xfrm_snap() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command= words i\n"
         "  case $before in\n";
  for (const OptionRow& row : option_table())
    if (*row.argument) out += bash_case(row);
  out += fmt::format("  esac\n"
                     "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
                     "    case ${{COMP_WORDS[i]}} in {}) command=${{COMP_WORDS[i]}} ;; esac\n"
                     "  done\n"
                     "  case $command in\n",
                     command_names(" | "));
  out += bash_words("''", command_row(Command::trace), command_names(" "));
  for (const CommandRow& row : command_table())
    out += bash_words(row.name, row);
  return out + "  esac\n"
               "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
               "}\n"
               "complete -F _xfrm_snap xfrm-snap\n";
}

std::string zsh_completion() {
  std::string out = "#compdef xfrm-snap\n";
  out += kNote;
  out += fmt::format("\nlocal -a options\n"
                     "local command= word\n"
                     "for word in ${{words[2,CURRENT-1]}}; do\n"
                     "  case $word in {}) command=$word ;; esac\n"
                     "done\n"
                     "case $command in\n",
                     command_names(" | "));
  out += zsh_case("''", command_row(Command::trace), command_names(" "));
  for (const CommandRow& row : command_table())
    out += zsh_case(row.name, row);
  return out + fmt::format("esac\n"
                           "_arguments -s $options '({0})'{{{1}}}'[{2}]' '({3})'{{{4}}}'[{5}]'\n",
                           "-h --help", kHelp.names, kHelp.help, "-V --version", kVersion.names, kVersion.help);
}

} // namespace xs
