// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Copies and destroys events, so that it is not inlined at every use.
#include "event.hpp"

namespace xs {

Event::Event(const Event&) = default;
Event::Event(Event&&) noexcept = default;
Event& Event::operator=(const Event&) = default;
Event& Event::operator=(Event&&) noexcept = default;
Event::~Event() = default;

} // namespace xs
