// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Owns a bpftool skeleton.
#pragma once

#include <memory>

namespace xs {

template <auto destroy> struct Destroyer {
  template <class T> void operator()(T* skeleton) const { destroy(skeleton); }
};
template <class T, auto destroy> using Skeleton = std::unique_ptr<T, Destroyer<destroy>>;

} // namespace xs
