// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes an unknown value as null.
#pragma once

#include "json.hpp"

namespace xs {

// Refers to its argument: use it in the same expression only. `Maybe`: std::optional or Boxed.
template <class Maybe> struct OrNull {
  void write(Json& out) const { value ? out.append(*value) : out.append(nullptr); }
  const Maybe& value;
};

template <class Maybe, class Format> struct FormattedOrNull {
  void write(Json& out) const { value ? out.append(format(*value)) : out.append(nullptr); }
  const Maybe& value;
  const Format& format;
};

template <class T> OrNull<std::optional<T>> or_null(const std::optional<T>& value) {
  return {value};
}

template <class Maybe, class Format> FormattedOrNull<Maybe, Format> or_null(const Maybe& value, const Format& format) {
  return {value, format};
}

inline Json null_if_empty(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

} // namespace xs
