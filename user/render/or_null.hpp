// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Unknown is null.
#pragma once

#include "json.hpp"

namespace xs {

template <class T> Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// `Maybe`: std::optional, Boxed.
template <class Maybe, class Format> Json or_null(const Maybe& value, Format&& format) {
  return value ? Json(format(*value)) : Json(nullptr);
}

} // namespace xs
