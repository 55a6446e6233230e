// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A map that cannot be read is not an empty one.
#include "../../user/collect/error_source.hpp"
#include "../../user/collect/mirror_source.hpp"

#include <cerrno>
#include <doctest/doctest.h>

using namespace xs;

TEST_CASE("what cannot be read is told, by the map's name") {
  PinnedMaps none, no_errors; // no map is open
  MirrorSource closed = MirrorSource::of_run(std::move(none));
  std::string problem;
  const auto begins = [](const auto& rows, const std::string& with) {
    return !rows && rows.error().text.starts_with("cannot read the map " + with + ": ");
  };
  CHECK(begins(closed.states(problem), "states"));
  CHECK(begins(closed.policies(problem), "policies"));
  CHECK(begins(closed.deleted(problem), "deleted"));
  CHECK(begins(closed.tc(problem), "tc"));
  CHECK(begins(read_errors(no_errors), "sites"));
  CHECK(closed.lack(0, "states").starts_with("it may be incomplete: cannot read the map lost: "));
}

TEST_CASE("and what to do about it") {
  CHECK(unread("states", EPERM).value().text ==
        "cannot read the map states: Operation not permitted; run it as root, with CAP_BPF");
  CHECK(unread("tc", EINVAL).value().text ==
        "cannot read the map tc: Invalid argument; stop the xfrm-snap that it is of, and start it anew");
}
