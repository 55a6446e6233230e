// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A kernel image as one small text, for bug reports and tests: what the resolver saw, and nothing else.
#pragma once

#include "image.hpp"

#include <optional>
#include <string>

namespace xs {

// JSON: release, arch, symbols (lines as in /proc/kallsyms), text (hex by address), tables (where jumps through them
// lead to, by address), btf (hex; reduced to the types that the resolver follows, those of modules included).
std::string serialize(const KernelImage& image);

// None: not such a text.
std::optional<KernelImage> parse_image(const std::string& text);

} // namespace xs
