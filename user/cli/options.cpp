// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Parses the command line with CLI11 by the option table, and words its errors.
#include "options.hpp"
#include "option_table.hpp"

#include "../diagnose/diagnose.hpp"
#include "../model/joined.hpp"
#include "../model/version.hpp"

#include <cstdlib>
#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

// CLI11 is a large header whose code runs once: it is not worth optimizing.
#ifndef __clang__
#pragma GCC push_options
#pragma GCC optimize("O0")
#endif
#include <CLI/CLI.hpp>
#ifndef __clang__
#pragma GCC pop_options
#endif

namespace xs {
namespace {

constexpr const char* kDescription =
    "Explains every error that Linux counts in /proc/net/xfrm_stat: which packet, at which line of the\n"
    "kernel, in which netns, and proves at the end that it missed none. Without a command it traces\n"
    "until Ctrl-C.";
constexpr const char* kFooter =
    "Data goes to stdout, status to stderr. Exit code: 0 fine, also after Ctrl-C; 1 could not run; 2 usage.";

const std::map<std::string, Table> kTables{{"states", Table::states},
                                           {"policies", Table::policies},
                                           {"deleted", Table::deleted},
                                           {"tc", Table::tc},
                                           {"errors", Table::errors}};

bool colorful(const std::string& when) {
  if (when != "auto") return when == "always";
  const char* no_color = getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) && !(no_color && *no_color);
}

// What is wrong with the value of an option; empty: nothing.
std::string take(const OptionRow& row, Options& o, const std::string& word) {
  const auto words = split_words(row.words);
  if (!words.empty() && std::ranges::find(words, word) == words.end())
    return fmt::format("'{}' is not one of {}", word, joined(words, ", "));
  return row.take(o, word);
}

// Takes every value as a string: the conversions of CLI11 are templates that take long to compile.
CLI::Option* add_word(CLI::App& app, const char* names, const char* help, std::string& word) {
  return app.add_option(
      names,
      [&word](const CLI::results_t& words) {
        word = words.front();
        return true;
      },
      help);
}

CLI::Option* add_value(CLI::App& app, const OptionRow& row, Options& o) {
  const auto taken = [&row, &o](std::string& word) { return take(row, o, word); };
  CLI::Option* option = app.add_option(
      row.names, [](const CLI::results_t&) { return true; }, row.help);
  if (row.repeatable) option->expected(CLI::detail::expected_max_vector_size)->allow_extra_args(false); // one word each
  if (*row.standard) option->default_str(row.standard);
  return option->type_name(row.argument)->check(CLI::Validator(taken, ""));
}

CLI::Option* add_option(CLI::App& app, const OptionRow& row, Options& o) {
  if (*row.argument) return add_value(app, row, o);
  return app.add_flag_callback(
      row.names, [&row, &o] { row.take(o, ""); }, row.help);
}

void add_counter(CLI::App& command, const CommandRow& row, std::string& counter) {
  const auto known = [](const std::string& word) -> std::string {
    return counter_or_loss(word)
               ? ""
               : fmt::format("'{}' is neither a counter nor a loss; xfrm-snap explain without a word lists them", word);
  };
  add_word(command, row.argument,
           "A counter of /proc/net/xfrm_stat, a kind of loss or its cause; without it: an overview", counter)
      ->type_name("")
      ->check(CLI::Validator([known](std::string& word) { return known(word); }, ""));
}

// The end of a command's help: the options that other commands have as well.
std::string further(const CommandRow& command) {
  if (command.command == Command::trace) return "Its options: xfrm-snap --help";
  std::vector<std::string> names;
  for (const OptionRow& row : option_table())
    if (row.commands & bit(command.command) && row.commands != bit(command.command)) names.emplace_back(row.names);
  std::ranges::for_each(names, [](std::string& n) { n = n.substr(0, n.find(',')); });
  return fmt::format("Further options: {}; see xfrm-snap --help", listed(names));
}

void add_commands(CLI::App& app, std::string& table, std::string& counter) {
  for (const CommandRow& row : command_table()) {
    CLI::App* command = app.add_subcommand(row.name, row.about)->group("Commands");
    command->footer(further(row));
    if (!*row.argument) continue;
    if (!*row.words) {
      add_counter(*command, row, counter);
      continue;
    }
    const auto words = split_words(row.words);
    const auto known = [words](const std::string& word) -> std::string {
      if (std::ranges::find(words, word) != words.end()) return {};
      return fmt::format("'{}' is not one of {}", word, listed(words));
    };
    add_word(*command, row.argument, ("One of " + listed(words)).c_str(), table)
        ->type_name("")
        ->check(CLI::Validator([known](std::string& word) { return known(word); }, ""));
  }
}

// An option of a single command is accepted after it; others are accepted anywhere, and refused if the command does not
// use them.
void add_options(CLI::App& app, Options& o) {
  for (const OptionRow& row : option_table()) {
    CLI::App* where = &app;
    for (const CommandRow& command : command_table())
      if (row.commands == bit(command.command) && command.command != Command::trace)
        where = app.get_subcommand(command.name);
    CLI::Option* option = add_option(*where, row, o);
    if (where == &app) option->group(row.group);
  }
}

std::vector<std::string> command_names() {
  std::vector<std::string> out;
  for (const CommandRow& row : command_table())
    out.emplace_back(row.name);
  return out;
}

// The first word that was not accepted.
std::string unexpected(const CLI::App& app) {
  std::vector<std::string> words = app.remaining(true);
  const auto option = std::ranges::find_if(words, [](const std::string& w) { return w.starts_with('-'); });
  if (option != words.end()) return fmt::format("there is no option {} here", *option);
  const std::string word = words.empty() ? "" : words.back();
  if (app.get_subcommand("show")->parsed()) return fmt::format("show takes one table, '{}' is one too many", word);
  return fmt::format("'{}' is not one of the commands {}", word, listed(command_names()));
}

int usage(const std::string& what) {
  std::fputs(fmt::format("xfrm-snap: {}; see xfrm-snap --help\n", what).c_str(),
             stderr); // which may be closed: fmt::print would throw
  return 2;
}

// An option that was given but that the command does not use; empty: none.
std::string misplaced(const CLI::App& app, const CommandRow& command) {
  for (const OptionRow& row : option_table()) {
    if (row.commands & bit(command.command)) continue;
    const CLI::Option* option = app.get_option_no_throw(std::string(long_name(row)));
    if (option && option->count())
      return fmt::format("{} is an option of {}, not of {}", long_name(row), heeded_by(row), command.name);
  }
  return {};
}

// Checks values that depend on each other. Returns what is wrong; empty: nothing.
std::string settle(const CLI::App& app, const std::string& table, Options& o) {
  o.style.color = colorful(o.color_when);
  const auto given = app.get_subcommands();
  const CommandRow* row = &command_row(Command::trace);
  for (const CommandRow& one : command_table())
    if (!given.empty() && given.front()->get_name() == one.name) row = &one;
  o.command = row->command;
  if (row->needed && table.empty())
    return fmt::format("{} needs one of {}", row->name, listed(split_words(row->words)));
  if (!table.empty()) o.table = kTables.at(table);
  return misplaced(app, *row);
}

} // namespace

std::variant<Options, int> parse_options(int argc, const char* const* argv) {
  Options o;
  std::string table;
  CLI::App app(kDescription, "xfrm-snap");
  app.get_formatter()->label("SUBCOMMAND", "COMMAND");
  app.set_version_flag(kVersion.names, "xfrm-snap " XFRM_SNAP_VERSION, kVersion.help);
  app.set_help_flag(kHelp.names, kHelp.help);
  for (CLI::Option* option : app.get_options())
    option->group("All commands");
  app.footer(kFooter);
  app.require_subcommand(0, 1);
  app.fallthrough();
  add_commands(app, table, o.counter);
  add_options(app, o);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError&) {
    return usage(unexpected(app));
  } catch (const CLI::ParseError& e) {
    return e.get_exit_code() == 0 ? app.exit(e) : usage(e.what());
  }
  if (const std::string wrong = settle(app, table, o); !wrong.empty()) return usage(wrong);
  return o;
}

} // namespace xs
