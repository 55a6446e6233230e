// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Copies and destroys the values that events carry, so that it is not inlined at every use.
#include "mirror.hpp"

namespace xs {

State::State(const State&) = default;
State::State(State&&) noexcept = default;
State& State::operator=(const State&) = default;
State& State::operator=(State&&) noexcept = default;
State::~State() = default;

Policy::Policy(const Policy&) = default;
Policy::Policy(Policy&&) noexcept = default;
Policy& Policy::operator=(const Policy&) = default;
Policy& Policy::operator=(Policy&&) noexcept = default;
Policy::~Policy() = default;

template <class T> Boxed<T>::Boxed(T value) : value_(std::make_unique<T>(std::move(value))) {}

template <class T>
Boxed<T>::Boxed(std::optional<T> value) : value_(value ? std::make_unique<T>(*std::move(value)) : nullptr) {}

template <class T> Boxed<T>::Boxed(const Boxed& other) : value_(other ? std::make_unique<T>(*other) : nullptr) {}

template <class T> Boxed<T>::Boxed(Boxed&& other) noexcept = default;

template <class T> Boxed<T>& Boxed<T>::operator=(Boxed other) noexcept {
  value_ = std::move(other.value_);
  return *this;
}

template <class T> Boxed<T>::~Boxed() = default;

template <class T> T& Boxed<T>::emplace() {
  value_ = std::make_unique<T>();
  return *value_;
}

template <class T> void Boxed<T>::reset() {
  value_.reset();
}

template class Boxed<State>;
template class Boxed<Policy>;
template class Boxed<NearPolicy>;

} // namespace xs
