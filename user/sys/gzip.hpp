// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Files compressed by gzip.
#pragma once

#include "result.hpp"

#include <string>

namespace xs {

// The whole file, uncompressed; a file that is not compressed is read as it is. Error: it cannot be read to its end.
Result<std::string> read_gzip(const std::string& path);
// Compressed if the file's name ends in .gz, else as it is. What cannot be written to its end is removed.
Status write_gzip(const std::string& path, const std::string& content);

} // namespace xs
