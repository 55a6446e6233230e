// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Names of netns from folders like /run/netns and /proc.
#include "netns_folders.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;
using Node = NetnsNode;

TEST_CASE("the first netns is init, whatever else it is called") {
  const Node node;
  node.mounted("host", kOne);
  NetnsNames names(inode(kOne), node.folders);
  names.scan();
  CHECK(names.known(inode(kOne)) == "init");
}

TEST_CASE("a mount names a netns, and before that a process in it does") {
  const Node node;
  node.process("42", "charon", kOne);
  node.process("self", "nobody", kOther); // no number
  NetnsNames names(kInit, node.folders);
  names.scan();
  CHECK(names.known(inode(kOne)) == "charon[42]");
  CHECK_FALSE(names.known(inode(kOther)));
  node.mounted("blue", kOne);
  names.scan();
  CHECK(names.known(inode(kOne)) == "blue");
}

TEST_CASE("a process that has just gone has no name to tell") {
  const Node node;
  node.process("42", nullptr, kOne);
  NetnsNames names(kInit, node.folders);
  names.scan();
  CHECK(names.known(inode(kOne)) == "?[42]");
}

TEST_CASE("a file on which nothing is mounted yet names nothing, and is looked at again") {
  const Node node;
  node.made("blue");
  NetnsNames names(kInit, node.folders);
  names.scan();
  CHECK_FALSE(names.known(inode(fs::path(node.folders.mounts) / "blue")));
  node.mounted("blue", kOne);
  names.scan();
  CHECK(names.known(inode(kOne)) == "blue");
}

TEST_CASE("a name that was given to another netns is that one's") {
  const Node node;
  node.mounted("blue", kOne);
  NetnsNames names(kInit, node.folders);
  names.scan();
  node.unmounted("blue");
  names.forget(inode(kOne));
  node.made("keep"); // so that the file gets another inode number
  node.mounted("blue", kOther);
  names.scan();
  CHECK(names.known(inode(kOther)) == "blue");
  CHECK_FALSE(names.known(inode(kOne)));
}

TEST_CASE("a netns that is gone leaves no name to the next one with its inode number") {
  const Node node;
  node.mounted("blue", kOne);
  NetnsNames names(kInit, node.folders);
  names.scan();
  node.unmounted("blue");
  names.forget(inode(kOne));
  names.scan();
  CHECK_FALSE(names.known(inode(kOne)));
}

TEST_CASE("a name is looked for when it is asked for") {
  const Node node;
  node.mounted("blue", kOne);
  NetnsNames names(kInit, node.folders);
  CHECK(names.name(inode(kOne)) == "blue");
  CHECK(names.name(kInit) == "init");
}

TEST_CASE("folders that are not there name nothing") {
  NetnsNames names(kInit, {"/nowhere/run", "/nowhere/proc"});
  CHECK_FALSE(names.name(7));
  CHECK(names.name(kInit) == "init");
}
