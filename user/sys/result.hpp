// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The result of a function that may fail: a value, or a sentence on what was tried, why it failed, and the remedy.
#pragma once

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <string>
#include <tl/expected.hpp>

namespace xs {

struct Error {
  std::string text;
};

template <class T> using Result = tl::expected<T, Error>;
using Status = Result<void>;

template <class... Args> tl::unexpected<Error> fail(fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected(Error{fmt::format(format, std::forward<Args>(args)...)});
}

// The text of an error number: "Operation not permitted".
inline std::string errno_text(int error = errno) {
  return std::strerror(error);
}

} // namespace xs
