// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A saved image resolves like the image itself, and damaged ones are refused.
#include "../../user/resolve/describe.hpp"
#include "../../user/resolve/resolve.hpp"
#include "assembler.hpp"
#include "fixtures.hpp"

#include <bpf/libbpf.h>

using namespace xs;
using namespace xs::test;

namespace {

std::vector<std::string> sites(const KernelImage& image) {
  std::vector<std::string> out;
  for (const Site& site : resolve(image).sites)
    out.push_back(describe(site));
  return out;
}

std::string replaced(std::string text, const std::string& old, const std::string& by) {
  const size_t at = text.find(old);
  REQUIRE(at != text.npos);
  return text.replace(at, old.size(), by);
}

} // namespace

TEST_CASE("an image that is saved and read again has the same sites") {
  for (const char* kernel : kKernels) {
    CAPTURE(kernel);
    const KernelImage image = kernel_image(kernel);
    const auto again = parse_image(serialize(image));
    REQUIRE(again);
    CHECK(again->release == image.release);
    CHECK(sites(*again) == sites(image));
  }
}

TEST_CASE("tables of jumps are saved with an image") {
  KernelImage image = small_kernel({"c3 | ret"});
  image.tables = {{0xffffffff82000000, {kStart, kStart + 1}}, {0xffffffff82000040, {kStart}}};
  const std::string saved = serialize(image);
  const auto again = parse_image(saved);
  REQUIRE(again);
  CHECK(again->tables == image.tables);
  CHECK(!parse_image(replaced(saved, "[\"ffffffff81000000\"]", "[1]")));
  CHECK(!parse_image(replaced(saved, "[\"ffffffff81000000\"]", "[\"x\"]")));
}

TEST_CASE("an image is small") {
  for (const char* kernel : kKernels) {
    const auto text = serialize(kernel_image(kernel));
    CHECK(text.size() < 300'000);
  }
}

TEST_CASE("what is no image is refused") {
  const std::string good = serialize(small_kernel({"c3 | ret"}));
  REQUIRE(parse_image(good));
  for (const char* text : {"", "{", "{}", "[]", "null", "1", "\"symbols\"", "{\"symbols\":[]}",
                           "{\"symbols\":[],\"text\":{},\"btf\":\"\",\"release\":\"\"}",
                           "{\"symbols\":{},\"text\":[],\"btf\":{},\"release\":1}"}) {
    CAPTURE(text);
    CHECK(!parse_image(text));
  }
  CHECK(!parse_image(replaced(good, "\"c3\"", "\"c\"")));
  CHECK(!parse_image(replaced(good, "\"c3\"", "\"xx\"")));
  CHECK(!parse_image(replaced(good, "\"c3\"", "\"-1\"")));
  CHECK(!parse_image(replaced(good, "\"c3\"", "3")));
  CHECK(!parse_image(replaced(good, "\"ffffffff81000000\"", "\"fffffffff81000000\"")));
  CHECK(!parse_image(replaced(good, "\"ffffffff81000000\"", "\"\"")));
  CHECK(!parse_image(replaced(good, "\"ffffffff81000000 t xfrm_input\"", "7")));
  CHECK(!parse_image(replaced(good, "\"btf\":\"9feb", "\"btf\":\"0000")));
}

TEST_CASE("a damaged image is refused or resolved, but does no harm") {
  libbpf_set_print(nullptr); // it complains about damaged types
  const std::string good = serialize(small_kernel({"48 8b 46 50", "65 48 ff 40 08", "c3"}));
  for (size_t at = 0; at < good.size(); at += 7)
    for (const char byte : {'0', 'f', '"', '\0', '\x80'}) {
      std::string bad = good;
      bad[at] = byte;
      if (const auto image = parse_image(bad)) resolve(*image);
    }
  for (size_t size = 0; size < good.size(); size += 13)
    CHECK(!parse_image(good.substr(0, size)));
}
