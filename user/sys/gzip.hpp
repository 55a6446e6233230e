// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads and writes files that may be compressed by gzip.
#pragma once

#include "result.hpp"

#include <string>

namespace xs {

// The whole file, uncompressed if it is compressed. Fails if it cannot be read to its end.
Result<std::string> read_gzip(const std::string& path);
// Compresses if the name ends in .gz. A file that cannot be written to its end is removed.
Status write_gzip(const std::string& path, const std::string& content);

} // namespace xs
