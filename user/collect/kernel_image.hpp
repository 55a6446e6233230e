// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Gathers from the running kernel what the resolver needs.
#pragma once

#include "../resolve/image.hpp"
#include "../sys/kernel_memory.hpp"
#include "../sys/result.hpp"

#include <optional>

namespace xs {

// The types of vmlinux, or of a module on top of those of vmlinux.
Result<BtfPtr> read_btf(const std::string& name, btf* base);

// Symbols, text of the functions in the probe list (and of their parts), BTF of vmlinux and of the modules they are in.
// `only`: those of this module alone.
Result<KernelImage> read_kernel_image(KernelMemory& memory, const std::optional<std::string>& only = {});

} // namespace xs
