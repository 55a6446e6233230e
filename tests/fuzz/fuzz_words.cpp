// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Parses any words on the command line.
#include "../../user/cli/options.hpp"
#include "../../user/sys/http_server.hpp"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

using namespace xs;

namespace {

// Words are parted by line ends.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out{"xfrm-snap"};
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  return std::freopen("/dev/null", "w", stdout) ? 0 : 1;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto words = words_of(text);
  std::vector<const char*> pointers;
  for (const std::string& word : words)
    pointers.push_back(word.c_str());
  const auto parsed = parse_options(static_cast<int>(pointers.size()), pointers.data());
  if (const int* code = std::get_if<int>(&parsed); code && *code != 0 && *code != 2) std::abort();
  parse_address(text);
  return 0;
}
