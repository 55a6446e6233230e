// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads small files of /proc and /sys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace xs {

// The first line without its end; none if the file cannot be read.
std::optional<std::string> read_line(const std::string& path);
// The whole file, at most 16 MiB; none if it cannot be read.
std::optional<std::string> read_file(const std::string& path);
// The number at the start of the file's first line.
std::optional<uint64_t> read_number(const std::string& path);

} // namespace xs
