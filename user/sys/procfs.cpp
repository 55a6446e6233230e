// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads small files whole.
#include "procfs.hpp"
#include "fd.hpp"

#include <charconv>
#include <fcntl.h>

namespace xs {

std::optional<std::string> read_file(const std::string& path) {
  constexpr size_t kMost = 16u << 20;
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return {};
  std::string out;
  char chunk[4096];
  for (ssize_t n; out.size() < kMost && (n = read(fd.get(), chunk, sizeof(chunk))) != 0;) {
    if (n < 0) return {};
    out.append(chunk, static_cast<size_t>(n));
  }
  return out;
}

std::optional<std::string> read_line(const std::string& path) {
  auto text = read_file(path);
  if (text) text->resize(std::min(text->find('\n'), text->size()));
  return text;
}

std::optional<uint64_t> read_number(const std::string& path) {
  const auto line = read_line(path);
  uint64_t value = 0;
  if (!line || std::from_chars(line->data(), line->data() + line->size(), value).ec != std::errc{}) return {};
  return value;
}

} // namespace xs
