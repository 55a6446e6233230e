// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads and writes files through zlib.
#include "gzip.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <zlib.h>

namespace xs {
namespace {

constexpr size_t kMost = 64u << 20; // uncompressed; a kernel image has a hundredth of this

struct Close {
  void operator()(gzFile file) const { gzclose(file); }
};
using File = std::unique_ptr<gzFile_s, Close>;

tl::unexpected<Error> not_read(const std::string& path, gzFile file) {
  int error = Z_OK;
  gzerror(file, &error);
  if (error == Z_ERRNO) return fail("cannot read {}: {}", path, errno_text());
  return fail("cannot read {}: it is damaged", path);
}

} // namespace

Result<std::string> read_gzip(const std::string& path) {
  File file(gzopen(path.c_str(), "rbe"));
  if (!file) return fail("cannot read {}: {}", path, errno_text());
  std::string out;
  std::array<char, 1 << 16> part;
  int size = 0;
  while ((size = gzread(file.get(), part.data(), part.size())) > 0) {
    if (out.size() + static_cast<size_t>(size) > kMost)
      return fail("cannot read {}: it holds more than {} MiB", path, kMost >> 20);
    out.append(part.data(), static_cast<size_t>(size));
  }
  if (size < 0) return not_read(path, file.get());
  if (gzclose_r(file.release()) != Z_OK) return fail("cannot read {}: it was cut short", path);
  return out;
}

Status write_gzip(const std::string& path, const std::string& content) {
  File file(gzopen(path.c_str(), path.ends_with(".gz") ? "wb9e" : "wbTe")); // T: not compressed
  if (!file) return fail("cannot write {}: {}", path, errno_text());
  const bool whole = gzwrite(file.get(), content.data(), static_cast<unsigned>(content.size())) > 0;
  if (gzclose(file.release()) == Z_OK && whole) return {};
  Status failed = fail("cannot write {}: {}", path, errno_text());
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) std::remove(path.c_str()); // half a file is of no use
  return failed;
}

} // namespace xs
