// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads what the resolver needs from the running kernel.
#pragma once

#include "../resolve/image.hpp"
#include "../sys/kernel_memory.hpp"
#include "../sys/result.hpp"

#include <optional>

namespace xs {

// The types of vmlinux, or of a module on top of those of vmlinux.
Result<BtfPtr> read_btf(const std::string& name, btf* base);

// Symbols, the text of the functions in the probe list (with their parts), and the BTF of vmlinux and of their modules.
// `only`: just this module.
Result<KernelImage> read_kernel_image(KernelMemory& memory, const std::optional<std::string>& only = {});

} // namespace xs
