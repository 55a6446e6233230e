// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Accepted command lines, and messages for the others.
#include "../../user/cli/options.hpp"
#include "streams.hpp"

#include <doctest/doctest.h>

using namespace xs;
using test::written;

namespace {

using Parsed = std::variant<Options, int>;

Parsed parse(std::vector<const char*> words) {
  words.insert(words.begin(), "xfrm-snap");
  return parse_options(static_cast<int>(words.size()), words.data());
}

Options options(std::vector<const char*> words) {
  const Parsed parsed = parse(std::move(words));
  REQUIRE(std::holds_alternative<Options>(parsed));
  return std::get<Options>(parsed);
}

// The sentence of a usage error.
std::string refusal(std::vector<const char*> words) {
  return written(stderr, [&] {
    const Parsed parsed = parse(std::move(words));
    REQUIRE(std::holds_alternative<int>(parsed));
    CHECK(std::get<int>(parsed) == 2);
  });
}

} // namespace

TEST_CASE("without words it traces, with room for what is there") {
  const Options o = options({});
  CHECK(o.command == Command::trace);
  CHECK(o.max_states == 0);
  CHECK_FALSE(o.changes);
  CHECK_FALSE(o.pin);
}

TEST_CASE("options of tracing") {
  const Options o = options({"trace", "--changes", "--max-states", "500", "--pin", "/sys/fs/bpf/mine"});
  CHECK(o.changes);
  CHECK(o.max_states == 500);
  CHECK(o.pin == "/sys/fs/bpf/mine");
  CHECK(refusal({"--max-states", "many"}) ==
        "xfrm-snap: --max-states: 'many' is not a whole number up to 10000000; see xfrm-snap --help\n");
  CHECK(refusal({"--pin", "maps"}) == "xfrm-snap: --pin: 'maps' is not an absolute path; see xfrm-snap --help\n");
}

TEST_CASE("filters of tracing") {
  const Options o =
      options({"--netns", "a", "--netns", "b", "--counter", "XfrmInNoStates", "--counter", "XfrmOutNoStates", "--src",
               "192.0.2.0/24", "--dst", "2001:db8::1", "--spi", "0x101", "--mark", "0x1/0xff", "--ifname", "eth0"});
  CHECK(o.netns == std::vector<std::string>{"a", "b"});
  CHECK(o.only.counters == ((1ull << XfrmInNoStates) | (1ull << XfrmOutNoStates)));
  CHECK(o.only.fields == (FILTER_COUNTER | FILTERS_PACKET));
  CHECK(o.only.src.family == 4);
  CHECK(o.only.dst.family == 6);
  CHECK(o.only.mark == 1);
  CHECK(o.only.mark_mask == 0xff);
  CHECK(options({}).only.fields == 0);
}

TEST_CASE("usage errors of filters name the word") {
  CHECK(refusal({"--counter", "XfrmFoo"}) ==
        "xfrm-snap: --counter: 'XfrmFoo' is not a counter of /proc/net/xfrm_stat; see xfrm-snap --help\n");
  CHECK(refusal({"--src", "host"}) ==
        "xfrm-snap: --src: 'host' is not an address or a prefix such as 192.0.2.0/24; see xfrm-snap --help\n");
  CHECK(refusal({"--spi", "0"}) == "xfrm-snap: --spi: '0' is not an SPI such as 0x101; see xfrm-snap --help\n");
  CHECK(refusal({"show", "states", "--spi", "1"}) ==
        "xfrm-snap: --spi is an option of tracing, not of show; see xfrm-snap --help\n");
}

TEST_CASE("the tables of show") {
  CHECK(options({"show", "states"}).table == Table::states);
  CHECK(options({"show", "policies"}).table == Table::policies);
  const Options o =
      options({"show", "--json", "-s", "deleted", "--netns", "a", "--netns", "/run/netns/b", "--pin", "/x"});
  CHECK(o.command == Command::show);
  CHECK(o.table == Table::deleted);
  CHECK(o.json);
  CHECK(o.statistics);
  CHECK(o.netns == std::vector<std::string>{"a", "/run/netns/b"});
  CHECK(o.pin == "/x");
  CHECK(options({"show", "--netns", "a", "states"}).netns == std::vector<std::string>{"a"}); // takes one word only
}

TEST_CASE("usage errors of show say which tables there are") {
  CHECK(refusal({"show"}) ==
        "xfrm-snap: show needs one of states, policies, deleted, tc and errors; see xfrm-snap --help\n");
  CHECK(options({"show", "tc"}).table == Table::tc);
  CHECK(refusal({"show", "fdb"}) ==
        "xfrm-snap: TABLE: 'fdb' is not one of states, policies, deleted, tc and errors; see xfrm-snap --help\n");
  CHECK(refusal({"show", "states", "policies"}) ==
        "xfrm-snap: show takes one table, 'policies' is one too many; see xfrm-snap --help\n");
}

TEST_CASE("usage errors name the commands and where an option belongs") {
  CHECK(refusal({"shwo"}) ==
        "xfrm-snap: 'shwo' is not one of the commands trace, show, explain, probes and check; see xfrm-snap --help\n");
  CHECK(refusal({"--nonsense"}) == "xfrm-snap: there is no option --nonsense here; see xfrm-snap --help\n");
  CHECK(refusal({"show", "states", "--changes"}) ==
        "xfrm-snap: --changes is an option of tracing, not of show; see xfrm-snap --help\n");
  CHECK(refusal({"check", "--pin", "/x"}) ==
        "xfrm-snap: --pin is an option of tracing and show, not of check; see xfrm-snap --help\n");
}

TEST_CASE("explain takes a counter, a loss or none") {
  CHECK(options({"explain"}).counter.empty());
  const Options o = options({"explain", "--json", "XfrmInNoStates"});
  CHECK(o.command == Command::explain);
  CHECK(o.counter == "XfrmInNoStates");
  CHECK(o.json);
  CHECK(options({"explain", "too-big"}).counter == "too-big");
  CHECK(options({"explain", "interface-loop"}).counter == "interface-loop");
  CHECK(refusal({"explain", "icmp-error"}).find("neither a counter nor a loss") != std::string::npos);
  CHECK(refusal({"explain", "XfrmIn"}) ==
        "xfrm-snap: NAME: 'XfrmIn' is neither a counter nor a loss; xfrm-snap explain without a word "
        "lists them; see xfrm-snap --help\n");
}

TEST_CASE("--help lists commands, options and what they take") {
  const std::string help = written(stdout, [] { CHECK(std::get<int>(parse({"--help"})) == 0); });
  for (const char* words :
       {"show ", "--changes ", "--max-states N", "--pin DIR", "/sys/fs/bpf/xfrm-snap", "--netns NETNS"})
    CHECK_MESSAGE(help.find(words) != help.npos, words);
  const std::string show = written(stdout, [] { CHECK(std::get<int>(parse({"show", "--help"})) == 0); });
  for (const char* words : {"states, policies, deleted, tc and errors", "-s,--statistics", "--sort ORDER",
                            "Further options: --json", "--netns"})
    CHECK_MESSAGE(show.find(words) != show.npos, words);
}
