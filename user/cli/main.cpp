// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Starts the command that was asked for.
#include "commands.hpp"
#include "output.hpp"

#include "../sys/limits.hpp"

#include <csignal>
#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN); // a file that may not grow any more is a write error as well
  std::signal(SIGPIPE, SIG_IGN); // a closed pipe ends the run through its write error, with the summary's exit
  try {
    if (!xs::secure_standard_streams()) return 1;
    const auto parsed = xs::parse_options(argc, argv);
    if (const int* code = std::get_if<int>(&parsed)) return *code;
    xs::raise_limits();
    const xs::Options& options = std::get<xs::Options>(parsed);
    switch (options.command) {
    case xs::Command::trace:
      return xs::run_trace(options);
    case xs::Command::show:
      return xs::run_show(options);
    case xs::Command::probes:
      return xs::run_probes(options);
    case xs::Command::check:
      return xs::run_check(options);
    case xs::Command::explain:
      return xs::run_explain(options);
    }
  } catch (const std::exception& e) {
    xs::complain(xs::sentence_of(e));
  }
  return 1;
}
