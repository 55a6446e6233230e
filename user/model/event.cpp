// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Events are copied and destroyed here, and not inline wherever one is.
#include "event.hpp"

namespace xs {

Event::Event(const Event&) = default;
Event::Event(Event&&) noexcept = default;
Event& Event::operator=(const Event&) = default;
Event& Event::operator=(Event&&) noexcept = default;
Event::~Event() = default;

} // namespace xs
