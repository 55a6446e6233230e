// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads and writes through zlib.
#include "gzip.hpp"

#include <array>
#include <memory>
#include <zlib.h>

namespace xs {
namespace {

struct Close {
  void operator()(gzFile file) const { gzclose(file); }
};
using File = std::unique_ptr<gzFile_s, Close>;

} // namespace

Result<std::string> read_gzip(const std::string& path) {
  const File file(gzopen(path.c_str(), "rbe"));
  if (!file) return fail("cannot read {}: {}", path, errno_text());
  std::string out;
  std::array<char, 1 << 16> part;
  int size = 0;
  while ((size = gzread(file.get(), part.data(), part.size())) > 0)
    out.append(part.data(), static_cast<size_t>(size));
  if (size < 0) return fail("cannot read {}: it is damaged", path);
  return out;
}

Result<void> write_gzip(const std::string& path, const std::string& content) {
  File file(gzopen(path.c_str(), "wb9e"));
  if (!file) return fail("cannot write {}: {}", path, errno_text());
  const bool whole = gzwrite(file.get(), content.data(), static_cast<unsigned>(content.size())) > 0;
  if (gzclose(file.release()) != Z_OK || !whole) return fail("cannot write {}: {}", path, errno_text());
  return {};
}

} // namespace xs
