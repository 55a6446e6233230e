// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Parses the command line with CLI11, and words its errors.
#include "options.hpp"

#include "../collect/pins.hpp"
#include "../model/probe_list.hpp"
#include "../model/version.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fmt/ranges.h>
#include <unistd.h>

namespace xs {
namespace {

constexpr const char* kDescription =
    "Explains every error that Linux counts in /proc/net/xfrm_stat: which packet, at which line of the\n"
    "kernel, in which netns, and proves at the end that it missed none. Without a command it traces\n"
    "until Ctrl-C.";
constexpr const char* kFooter =
    "Data goes to stdout, status to stderr. Exit code: 0 fine, also after Ctrl-C; 1 could not run; 2 usage.";

const std::map<std::string, TextStyle::Time> kTimes{
    {"absolute", TextStyle::Time::absolute}, {"relative", TextStyle::Time::relative}, {"none", TextStyle::Time::none}};

const std::map<std::string, Command> kCommands{{"trace", Command::trace},
                                               {"show", Command::show},
                                               {"probes", Command::probes},
                                               {"check", Command::check},
                                               {"explain", Command::explain}};
const std::map<std::string, Table> kTables{{"states", Table::states},
                                           {"policies", Table::policies},
                                           {"deleted", Table::deleted},
                                           {"tc", Table::tc},
                                           {"errors", Table::errors}};
constexpr const char* kTableWords = "states, policies, deleted, tc and errors";

// Groups of options that the parser knows beside every command, and the commands that heed them.
struct Group {
  const char* name;
  std::vector<Command> commands;
  const char* whose;
};

const Group kGroups[] = {
    {"Tracing", {Command::trace}, "tracing"},
    {"Tracing and show", {Command::trace, Command::show}, "tracing and show"},
};

// What options take, in words that an error can use. An empty answer accepts.
template <class T, class Accept> CLI::Validator value(const char* what, Accept accept) {
  return CLI::Validator(
      [=](std::string& text) -> std::string {
        T number{};
        const char* end = text.data() + text.size();
        const auto parsed = std::from_chars(text.data(), end, number);
        const bool good = parsed.ec == std::errc{} && parsed.ptr == end && accept(number);
        return good ? "" : fmt::format("'{}' is not {}", text, what);
      },
      "");
}

CLI::Validator one_of(const std::vector<std::string>& words) {
  return CLI::Validator(
      [words](std::string& text) -> std::string {
        if (std::ranges::find(words, text) != words.end()) return {};
        return fmt::format("'{}' is not one of {}", text, fmt::join(words, ", "));
      },
      "");
}

CLI::Validator counter() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        return counter_index(text)
                   ? ""
                   : fmt::format("'{}' is no counter; xfrm-snap explain without a word lists them", text);
      },
      "");
}

const auto kSeconds = value<double>("a number of seconds above 0", [](double n) { return std::isfinite(n) && n > 0; });
const auto kPositive = value<uint64_t>("a whole number above 0", [](uint64_t n) { return n > 0; });
const auto kRate = value<uint32_t>("a whole number", [](uint32_t) { return true; });
const auto kRoom = value<uint32_t>("a whole number up to 10000000", [](uint32_t n) { return n <= 10'000'000; });
const auto kRows =
    value<uint32_t>("a whole number from 1 to 10000000", [](uint32_t n) { return n && n <= 10'000'000; });

CLI::Validator table() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        return kTables.contains(text) ? "" : fmt::format("'{}' is not one of {}", text, kTableWords);
      },
      "");
}

CLI::Validator absolute_path() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        return text.starts_with('/') ? "" : fmt::format("'{}' is not an absolute path", text);
      },
      "");
}

// What the parser fills before it is turned into Options.
struct Words {
  std::string color = "auto";
  std::string time = "absolute";
  std::string table;
  std::string sort = "count";
};

bool colorful(const std::string& when) {
  if (when != "auto") return when == "always";
  const char* no_color = getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) && !(no_color && *no_color);
}

// Puts the options that have no group yet into one.
void group(CLI::App& app, const char* name) {
  for (CLI::Option* option : app.get_options([](const CLI::Option* x) { return x->get_group() == "Options"; }))
    option->group(name);
}

void add_trace_options(CLI::App& app, Options& o, Words& words) {
  app.add_option("--duration", o.duration, "Leave after this many seconds")->type_name("SECS")->check(kSeconds);
  app.add_option("-c,--count", o.count, "Leave after this many error lines")->type_name("N")->check(kPositive);
  app.add_flag("--stack", o.stack, "Show the kernel stack of each error");
  app.add_flag("--changes", o.changes, "Print changes of states, policies and tc as they happen");
  app.add_option("--rate", o.rate, "Error lines per second and failure, 0 for all; the rest is counted in a later line")
      ->type_name("N")
      ->check(kRate)
      ->capture_default_str();
  app.add_option("--max-errors", o.max_errors, "Distinct failures to keep apart")
      ->type_name("N")
      ->check(kRows)
      ->capture_default_str();
  app.add_option("--max-states", o.max_states, "States to keep; 0: twice what is there, at least 16384")
      ->type_name("N")
      ->check(kRoom)
      ->capture_default_str();
  app.add_option("--timestamp", words.time, "absolute, relative or none")
      ->type_name("HOW")
      ->check(one_of({"absolute", "relative", "none"}))
      ->capture_default_str();
  group(app, "Tracing");
}

void add_shared_options(CLI::App& app, Options& o) {
  app.add_option("--pin", o.pin, fmt::format("Where the maps are while it runs ({})", kPinDir))
      ->type_name("DIR")
      ->check(absolute_path());
  app.add_flag("--utc", o.style.utc, "Show absolute times in UTC");
  group(app, "Tracing and show");
}

void add_common_options(CLI::App& app, Options& o, Words& words) {
  app.add_flag("--json", o.json, "Print one JSON object a line");
  app.add_option("--color", words.color, "auto, always or never; auto honours NO_COLOR")
      ->type_name("WHEN")
      ->check(one_of({"auto", "always", "never"}))
      ->capture_default_str();
  app.add_flag("-q", o.quiet, "No status on stderr");
  app.add_flag("-v", o.verbose, "More status on stderr");
  for (CLI::Option* option : app.get_options())
    option->group("All commands");
}

void add_show_options(CLI::App& app, Options& o, Words& words) {
  app.add_option("TABLE", words.table, fmt::format("One of {}", kTableWords))->type_name("")->check(table());
  app.add_option("--netns", o.netns, "Only this one: its name, a path, a process in it or its inode number; repeatable")
      ->type_name("NETNS")
      ->allow_extra_args(false); // one word each
  app.add_flag("-s,--statistics", o.statistics, "Also lifetimes and statistics, as ip -s");
  app.add_option("--sort", words.sort, "Errors: the most frequent ones first (count), or the latest (last)")
      ->type_name("ORDER")
      ->check(one_of({"count", "last"}));
}

void add_probes_options(CLI::App& app, Options& o) {
  app.add_option("--image", o.image, "Look at a saved kernel image instead of this kernel")
      ->type_name("FILE")
      ->check(CLI::ExistingFile.description(""));
  app.add_option("--save-image", o.save_image, "Save what the analysis saw of this kernel, for a bug report")
      ->type_name("FILE");
}

void add_explain_options(CLI::App& app, Options& o) {
  app.add_option("COUNTER", o.counter, "Its name in /proc/net/xfrm_stat; without it: an overview")
      ->type_name("")
      ->check(counter());
  app.add_flag("--markdown", o.markdown, "All counters as a document, that of docs/counters.md");
}

CLI::App* add_command(CLI::App& app, const char* name, const char* description) {
  return app.add_subcommand(name, description)->group("Commands")->footer("Further options: xfrm-snap --help");
}

// The first word that nothing took.
std::string unexpected(const CLI::App& app, bool show) {
  std::vector<std::string> words = app.remaining(true);
  const auto option = std::ranges::find_if(words, [](const std::string& w) { return w.starts_with('-'); });
  if (option != words.end()) return fmt::format("there is no option {} here", *option);
  const std::string word = words.empty() ? "" : words.back();
  if (show) return fmt::format("show takes one table, '{}' is one too many", word);
  return fmt::format("'{}' is not one of the commands trace, show, explain, probes and check", word);
}

int usage(const std::string& what) {
  fmt::print(stderr, "xfrm-snap: {}; see xfrm-snap --help\n", what);
  return 2;
}

std::optional<std::string> misplaced(const CLI::App& app, Command command, const std::string& name) {
  for (const Group& g : kGroups) {
    if (std::ranges::find(g.commands, command) != g.commands.end()) continue;
    for (const CLI::Option* option : app.get_options())
      if (option->get_group() == g.name && option->count())
        return fmt::format("{} is an option of {}, not of {}", option->get_name(), g.whose, name);
  }
  return {};
}

// What only the words together tell; empty: all is well.
std::string settle(const CLI::App& app, const Words& words, Options& o) {
  o.style.color = colorful(words.color);
  o.style.time = kTimes.at(words.time);
  const auto commands = app.get_subcommands();
  const std::string name = commands.empty() ? "trace" : commands.front()->get_name();
  o.command = kCommands.at(name);
  if (o.command == Command::show && words.table.empty()) return fmt::format("show needs one of {}", kTableWords);
  if (!words.table.empty()) o.table = kTables.at(words.table);
  o.sort = words.sort == "last" ? ErrorOrder::last : ErrorOrder::count;
  return misplaced(app, o.command, name).value_or("");
}

} // namespace

std::variant<Options, int> parse_options(int argc, const char* const* argv) {
  Options o;
  Words words;
  CLI::App app(kDescription, "xfrm-snap");
  app.get_formatter()->label("SUBCOMMAND", "COMMAND");
  app.set_version_flag("-V,--version", "xfrm-snap " XFRM_SNAP_VERSION, "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.footer(kFooter);
  app.require_subcommand(0, 1);
  app.fallthrough();
  add_common_options(app, o, words);
  add_command(app, "trace", "Trace errors (the default)");
  CLI::App* show = add_command(
      app, "show",
      "Show the states, policies, what was deleted, what tc has, or the errors, as a running xfrm-snap knows it");
  CLI::App* explain = add_command(app, "explain", "Tell what a counter means, its causes, and what to look at");
  add_command(app, "check", "Test whether this node can run xfrm-snap, with the remedy if it cannot");
  CLI::App* probes = add_command(app, "probes", "Show where this kernel counts errors, and what is known there");
  add_trace_options(app, o, words);
  add_shared_options(app, o);
  add_show_options(*show, o, words);
  add_probes_options(*probes, o);
  add_explain_options(*explain, o);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError&) {
    return usage(unexpected(app, show->parsed()));
  } catch (const CLI::ParseError& e) {
    return e.get_exit_code() == 0 ? app.exit(e) : usage(e.what());
  }
  if (const std::string wrong = settle(app, words, o); !wrong.empty()) return usage(wrong);
  return o;
}

} // namespace xs
