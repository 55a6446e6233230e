// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Phrases that sentences on losses share. Pure.
#pragma once

#include "facts.hpp"
#include "rule.hpp"

#include "../model/loss.hpp"

#include <string>

namespace xs {

// "1 packet", "12 packets"; "packets": not known how many.
std::string lost_text(const Event& e);
// "the SA src ... dst ..."; `other` if it is not known.
std::string sa_or(const Event& e, const char* other);
// " on dev eth0"; empty: not known.
std::string on_device(const Event& e);
// "eth0"; not known: "DEVICE", for commands.
std::string device_word(const Event& e);
// "curl[12]"; `other` without a process.
std::string process_or(const Event& e, const char* other);
// "curl[12] got EPERM (1)." as a sentence of its own, with a space before it; empty: no process, or no error is known.
std::string sender_text(const Event& e);
// Adds that the SA is missing, if it is not known.
Judgement with_state(Judgement out, const Event& e);

} // namespace xs
