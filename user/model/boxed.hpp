// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// An optional value on the heap: like std::optional, but a move only copies its address. For large values in events,
// which are moved several times and are mostly absent.
#pragma once

#include <memory>
#include <optional>
#include <utility>

namespace xs {

template <class T> class Boxed {
public:
  Boxed() = default;
  Boxed(std::nullopt_t) {}
  Boxed(T value);
  Boxed(std::optional<T> value);
  Boxed(const Boxed& other);
  Boxed(Boxed&& other) noexcept;
  Boxed& operator=(Boxed other) noexcept;
  ~Boxed();

  T& emplace();
  void reset();
  explicit operator bool() const { return value_ != nullptr; }
  bool has_value() const { return value_ != nullptr; }
  // There must be a value.
  const T& operator*() const { return *value_; }
  T& operator*() { return *value_; }
  const T* operator->() const { return value_.get(); }
  T* operator->() { return value_.get(); }

private:
  std::unique_ptr<T> value_;
};

} // namespace xs
