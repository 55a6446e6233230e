// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Handles of netns in /proc.
#include "../../user/sys/netns_handles.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace xs;

TEST_CASE("a link of /proc leads to a netns only if it says so") {
  CHECK(netns_in_link("net:[4026531840]") == 4026531840);
  CHECK(netns_in_link("mnt:[4026531841]") == std::nullopt);
  CHECK(netns_in_link("socket:[123]") == std::nullopt);
  CHECK(netns_in_link("net:[4294967296]") == std::nullopt);
  CHECK(netns_in_link("net:[]") == std::nullopt);
  CHECK(netns_in_link("net:[1") == std::nullopt);
  CHECK(netns_in_link("/net:[1]") == std::nullopt);
  CHECK(netns_in_link("") == std::nullopt);
}

TEST_CASE("mounted netns are found among other mounts") {
  const auto mounts =
      netns_mounts("22 1 0:20 / /proc rw,nosuid shared:5 - proc proc rw\n"
                   "91 26 0:4 net:[4026532290] /run/netns/right rw shared:37 - nsfs nsfs rw\n"
                   "92 26 0:4 mnt:[4026532291] /run/snapd/ns/lxd.mnt rw - nsfs nsfs rw\n"
                   "93 26 0:4 net:[4026532292] /run/docker/netns/a\\040b\\134c rw shared:38 - nsfs nsfs rw");
  REQUIRE(mounts.size() == 2);
  CHECK(mounts[0].inum == 4026532290);
  CHECK(mounts[0].path == "/run/netns/right");
  CHECK(mounts[1].inum == 4026532292);
  CHECK(mounts[1].path == "/run/docker/netns/a b\\c");
}

TEST_CASE("a backslash that begins no octal number stays") {
  CHECK(netns_mounts("1 1 0:4 net:[7] /a\\04 rw")[0].path == "/a\\04");
  CHECK(netns_mounts("1 1 0:4 net:[7] /a\\0x0 rw")[0].path == "/a\\0x0");
  CHECK(netns_mounts("1 1 0:4\n\nnet:[7]\n").empty());
}

TEST_CASE("this process' own netns is visited once, and one that does not exist is named") {
  struct stat own {};
  REQUIRE(stat("/proc/self/ns/net", &own) == 0);
  const auto inum = static_cast<uint32_t>(own.st_ino);
  std::vector<uint32_t> visited;
  const auto missing = visit_netns({inum, 1}, Search::quick, [&](uint32_t at, int fd) {
    struct stat opened {};
    CHECK(fstat(fd, &opened) == 0);
    CHECK(opened.st_ino == at);
    visited.push_back(at);
  });
  CHECK(visited == std::vector{inum});
  CHECK(missing == std::set<uint32_t>{1});
}
