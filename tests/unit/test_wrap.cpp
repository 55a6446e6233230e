// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Wrapping lines for narrow terminals.
#include "../../user/render/wrap.hpp"

#include <doctest/doctest.h>

using namespace xs;

TEST_CASE("lines break at blanks, and go on below where they began") {
  CHECK(wrap("one two three", 4, 12) == "one two\n    three");
  CHECK(wrap("one two three", 4, 0) == "one two three");
  CHECK(wrap("one two", 0, 7) == "one two");
  CHECK(wrap("one two", 0, 6) == "one\ntwo");
}

TEST_CASE("a word that does not fit has a line of its own") {
  CHECK(wrap("a fd00:1234:5678::1 b", 2, 8) == "a\n  fd00:1234:5678::1\n  b");
}

TEST_CASE("blanks that part columns stay") {
  CHECK(wrap("a  b", 0, 0) == "a  b");
}

TEST_CASE("colours and UTF-8 take the columns that they take") {
  CHECK(columns("\x1b[1;31mred\x1b[0m") == 3);
  CHECK(columns("… é") == 3);
  CHECK(wrap("\x1b[1mone\x1b[0m two", 0, 7) == "\x1b[1mone\x1b[0m two");
  CHECK(cut("… 12 more", 4) == "… 12");
  CHECK(cut("abc", 0) == "abc");
}
