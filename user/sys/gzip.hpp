// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Files compressed by gzip.
#pragma once

#include "result.hpp"

#include <string>

namespace xs {

// The whole file, uncompressed; a file that is not compressed is read as it is.
Result<std::string> read_gzip(const std::string& path);
Result<void> write_gzip(const std::string& path, const std::string& content);

} // namespace xs
