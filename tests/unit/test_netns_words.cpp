// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Words for a netns on the command line.
#include "../../user/sys/netns_words.hpp"
#include "emulated.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

using namespace xs;

namespace {

uint32_t own() {
  struct stat info {};
  REQUIRE(stat("/proc/self/ns/net", &info) == 0);
  return static_cast<uint32_t>(info.st_ino);
}

std::string refusal(const std::string& word) {
  const auto inum = netns_inum(word);
  return inum ? std::to_string(*inum) : inum.error().text;
}

} // namespace

TEST_CASE("a netns by its inode number, a process or a path" * doctest::skip(!tells_namespaces())) {
  CHECK(netns_inum("4026532000") == 4026532000); // not looked up: it may be gone, and still have tombstones
  CHECK(netns_inum(std::to_string(getpid())) == own());
  CHECK(netns_inum("/proc/self/ns/net") == own());
  CHECK(netns_inums({"4026532000", "/proc/self/ns/net"}).value() == std::set<uint32_t>{4026532000, own()});
}

TEST_CASE("what is not a netns is refused with where it was looked for") {
  CHECK(refusal("nowhere") == "cannot find netns nowhere: /run/netns/nowhere: No such file or directory");
  CHECK(refusal("4194304") == "cannot find netns 4194304: /proc/4194304/ns/net: No such file or directory");
  CHECK(refusal("/proc/self/ns/mnt") ==
        "cannot find netns /proc/self/ns/mnt: /proc/self/ns/mnt is none; ip netns lists those with a name");
  CHECK(refusal("/etc/passwd").find("is none") != std::string::npos);
  CHECK(refusal("") == "a netns has no empty name; give its name, a path, a process or its inode number");
  CHECK_FALSE(netns_inums({"4026532000", "nowhere"}));
}
