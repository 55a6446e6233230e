// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The manual page and the completions agree with the options.
#include "../../user/cli/manual.hpp"
#include "../../user/cli/option_table.hpp"
#include "../../user/sys/procfs.hpp"
#include "streams.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace xs;

namespace {

void check_file(const char* path, const std::string& made) {
  const auto there = read_file(path);
  REQUIRE_MESSAGE(there.has_value(), path);
  CHECK_MESSAGE(*there == made, path, " is out of date: run make docs");
}

int exit_code(std::vector<const char*> words) {
  words.insert(words.begin(), "xfrm-snap");
  int code = 0;
  test::written(stderr, [&] {
    const auto parsed = parse_options(static_cast<int>(words.size()), words.data());
    if (std::holds_alternative<int>(parsed)) code = std::get<int>(parsed);
  });
  return code;
}

const char* sample(const OptionRow& row) {
  static const std::map<std::string_view, const char*> kSamples{
      {"N", "7"},         {"SECS", "1.5"},  {"DIR", "/x"},      {"FILE", "/dev/null"},    {"NETNS", "init"},
      {"ADDRESS", "::1"}, {"SPI", "0x101"}, {"V/M", "0x1/0x3"}, {"ADDRESS:PORT", ":9731"}};
  if (row.offer == Offer::counter) return "XfrmInNoStates";
  if (row.offer == Offer::device) return "eth0";
  if (row.offer == Offer::words) return row.words + std::string_view(row.words).rfind(' ') + 1;
  return kSamples.at(row.argument);
}

} // namespace

TEST_CASE("the files that are checked in are what the option table makes") {
  check_file("docs/xfrm-snap.8", manual_page());
  check_file("docs/completions/xfrm-snap.bash", bash_completion());
  check_file("docs/completions/_xfrm-snap", zsh_completion());
}

TEST_CASE("every option of the table is taken by the commands that heed it, and refused by the others") {
  for (const OptionRow& row : option_table()) {
    const std::string name(long_name(row));
    for (const CommandRow& command : command_table()) {
      std::vector<const char*> words{command.name};
      if (command.command == Command::show) words.push_back("states");
      words.push_back(name.c_str());
      if (*row.argument) words.push_back(sample(row));
      CHECK_MESSAGE(exit_code(words) == (row.commands & bit(command.command) ? 0 : 2), command.name, " ", name);
    }
  }
}

TEST_CASE("no two options share a name") {
  std::set<std::string_view> names;
  for (const OptionRow& row : option_table()) {
    CHECK(names.insert(long_name(row)).second);
    if (!short_name(row).empty()) CHECK(names.insert(short_name(row)).second);
  }
}
