// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// No text that controls a terminal is printed.
#include "../../user/render/text.hpp"

#include <doctest/doctest.h>

using namespace xs;

TEST_CASE("control characters beyond ASCII cannot either, and letters beyond ASCII stay") {
  CHECK(printable("a\xc2\x9b[mb") == "a??[mb"); // U+009B: what ESC [ is in ASCII
  CHECK(printable("a\x9b[mb") == "a?[mb");      // the same, where the terminal is not in UTF-8
  CHECK(printable("caf\xc3\xa9 \xe2\x82\xac") == "caf\xc3\xa9 \xe2\x82\xac");
  CHECK(printable("\xf0\x9f\x94\x92") == "\xf0\x9f\x94\x92");
  CHECK(printable("a\xe0\x82\x9b[mb") == "a???[mb"); // U+009B in more bytes than it needs
  CHECK(printable("abc\xe2\x82") == "abc??");        // cut off within a character
  CHECK(printable("plain-name_1") == "plain-name_1");
}

TEST_CASE("nothing in a name turns the order of what stands around it") {
  CHECK(printable("a\xe2\x80\xaeof\xe2\x80\xac") == "a?of?");                                 // override, and its end
  CHECK(printable("\xe2\x81\xa7x\xe2\x81\xa9") == "?x?");                                     // isolate, and its end
  CHECK(printable("\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c") == "????");                             // marks
  CHECK(printable("a\xe2\x80\xa8") == "a?");                                                  // line separator
  CHECK(printable("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d") == "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"); // letters
  CHECK(printable("\xed\xa0\x80\xf4\x90\x80\x80") == "???????");                              // no characters
}

TEST_CASE("an event from before the start has one sign") {
  Event e;
  e.mono_ns = 999'999'000;
  const TextStyle style{.time = TextStyle::Time::relative, .start_mono_ns = 1'000'000'000};
  CHECK(to_text(e, {}, style).starts_with("-0.000001  Counter0"));
}
