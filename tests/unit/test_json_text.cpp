// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// JSON as text.
#include "tree.hpp"

#include <doctest/doctest.h>
#include <limits>
#include <random>

using namespace xs;

TEST_CASE("JSON values as text") {
  CHECK(Json(nullptr).dump() == "null");
  CHECK(Json(true).dump() == "true");
  CHECK(Json(std::numeric_limits<uint64_t>::max()).dump() == "18446744073709551615");
  CHECK(Json(std::numeric_limits<int64_t>::min()).dump() == "-9223372036854775808");
  CHECK(Json("").dump() == R"("")");
  CHECK(Json(std::vector<std::string>{"a", "b"}).dump() == R"(["a","b"])");
  CHECK(Json(std::vector<std::string>{}).dump() == "[]");
}

TEST_CASE("JSON objects and arrays as text, empty ones and those that get more") {
  Json object = Json::object(), array = Json::array();
  CHECK(object.dump() == "{}");
  object.put("one", 1);
  object.put("two", {{"three", nullptr}, {"four", array}});
  CHECK(object.dump() == R"({"one":1,"two":{"three":null,"four":[]}})");
  array.push_back(object);
  array.push_back(false);
  CHECK(array.dump() == R"([{"one":1,"two":{"three":null,"four":[]}},false])");
}

TEST_CASE("any bytes make a valid JSON string, and text comes back as it was") {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; i++) {
    std::string bytes(random() % 12, '\0');
    for (char& c : bytes)
      c = static_cast<char>(random());
    CHECK(tree(Json(bytes)).is_string());
    std::string ascii = bytes;
    for (char& c : ascii)
      c = static_cast<char>(c & 0x7f);
    CHECK(tree(Json(ascii)) == ascii);
  }
  CHECK(Json("ü").dump() == R"("ü")");
}

TEST_CASE("what is not UTF-8 is replaced as a JSON library replaces it") {
  std::mt19937 random(8);
  constexpr std::string_view kBytes =
      "a\"\\\n\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc2\xdf\xe0\xe2\xed\xef\xf0\xf3\xf4\xf5\xff";
  for (int i = 0; i < 20000; i++) {
    std::string bytes(random() % 9, '\0');
    for (char& c : bytes)
      c = kBytes[random() % kBytes.size()];
    CAPTURE(i);
    CHECK(tree(Json(bytes)) == Tree::parse(Tree(bytes).dump(-1, ' ', false, Tree::error_handler_t::replace)));
  }
}

TEST_CASE("on a terminal JSON steers nothing, and reads as the same text") {
  const std::string name = "a\x7f\xc2\x9b[m\xe2\x80\xae\xe2\x81\xa6\xd8\x9c\xe2\x80\xa8z\"";
  CHECK(Json(name).dump() == R"("a\u007f\u009b[m\u202e\u2066\u061c\u2028z\"")");
  CHECK(tree(Json(name)) == name);
}
