// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// JSON whose values are strings, arrays and objects: a kernel image has no others. A library that knows all of JSON
// took 4 seconds to compile. Pure.
#pragma once

#include <string>
#include <string_view>

namespace xs {

// A string with its quotes.
std::string quoted(std::string_view text);

// Reads a text from its start to its end. After a false, which means "not such a text", nothing more is read.
class TextTree {
public:
  explicit TextTree(std::string_view text) : left_(text) {}

  bool string(std::string& out);
  // `element()` reads one, false: it is wrong.
  template <class F> bool array(F&& element) { return list('[', ']', element); }
  // `member(name)` reads its value.
  template <class F> bool object(F&& member) {
    return list('{', '}', [&] {
      std::string name;
      return string(name) && take(':') && member(name);
    });
  }
  // Nothing but space follows.
  bool ends();

private:
  bool take(char c); // the next one but space
  template <class F> bool list(char open, char close, F&& element) {
    if (!take(open)) return false;
    if (take(close)) return true;
    do
      if (!element()) return false;
    while (take(','));
    return take(close);
  }

  std::string_view left_;
};

} // namespace xs
