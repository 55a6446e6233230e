// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Parses the command line with CLI11.
#include "options.hpp"
#include "version.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <unistd.h>

namespace xs {
namespace {

constexpr const char* kDescription =
    "Explains every error that Linux counts in /proc/net/xfrm_stat: which packet, at which line of the kernel, in "
    "which\n"
    "netns, and proves at the end that it missed none. Without a command it traces until Ctrl-C.";

const std::map<std::string, TextStyle::Time> kTimes{
    {"absolute", TextStyle::Time::absolute}, {"relative", TextStyle::Time::relative}, {"none", TextStyle::Time::none}};

bool colorful(const std::string& when) {
  if (when != "auto") return when == "always";
  const char* no_color = getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) && !(no_color && *no_color);
}

void add_trace_options(CLI::App& app, Options& o) {
  app.add_option("--duration", o.duration, "Leave after this many seconds")
      ->type_name("SECS")
      ->check(CLI::PositiveNumber);
  app.add_option("-c,--count", o.count, "Leave after this many error lines")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  app.add_flag("--stack", o.stack, "Show the kernel stack of each error");
  app.add_option("--rate", o.rate, "Error lines per second and failure, 0 for all; the rest is counted in a later line")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--max-errors", o.max_errors, "Distinct failures to keep apart")
      ->type_name("N")
      ->check(CLI::Range(1u, 10'000'000u))
      ->capture_default_str();
  app.add_option("--timestamp", o.style.time, "absolute, relative or none")
      ->type_name("HOW")
      ->transform(CLI::CheckedTransformer(kTimes).description(""));
  app.add_flag("--utc", o.style.utc, "Show absolute times in UTC");
}

void add_common_options(CLI::App& app, Options& o, std::string& color) {
  app.add_flag("--json", o.json, "Print one JSON object a line");
  app.add_option("--color", color, "auto, always or never; auto honours NO_COLOR")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}).description(""));
  app.add_flag("-q", o.quiet, "No status on stderr");
  app.add_flag("-v", o.verbose, "More status on stderr");
}

void add_probes_options(CLI::App& app, Options& o) {
  app.add_option("--image", o.image, "Look at a saved kernel image instead of this kernel")
      ->type_name("FILE")
      ->check(CLI::ExistingFile.description(""));
  app.add_option("--save-image", o.save_image, "Save what the analysis saw of this kernel, for a bug report")
      ->type_name("FILE");
}

} // namespace

std::variant<Options, int> parse_options(int argc, const char* const* argv) {
  Options o;
  std::string color = "auto";
  CLI::App app(kDescription, "xfrm-snap");
  app.set_version_flag("-V,--version", "xfrm-snap " XFRM_SNAP_VERSION);
  app.require_subcommand(0, 1);
  app.fallthrough();
  add_common_options(app, o, color);
  CLI::App* trace = app.add_subcommand("trace", "Trace errors (the default)");
  CLI::App* probes = app.add_subcommand("probes", "Show where this kernel counts errors, and what is known there");
  CLI::App* check = app.add_subcommand("check", "Test whether this node can run xfrm-snap, with the remedy if not");
  add_trace_options(app, o);
  add_probes_options(*probes, o);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  o.style.color = colorful(color);
  if (*probes) o.command = Command::probes;
  if (*check) o.command = Command::check;
  (void)trace;
  return o;
}

} // namespace xs
