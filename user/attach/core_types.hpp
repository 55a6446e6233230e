// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Extracts the kernel types that BPF programs need from its BTF in one pass: libbpf would search all of it for each.
#pragma once

#include "../resolve/types.hpp"
#include "../sys/fd.hpp"
#include "../sys/result.hpp"

namespace xs {

// Pure. The kernel's types with the names of those in `programs` (without "___flavor"), and the types that they
// contain; what they only point to becomes void.
BtfPtr core_types(const btf* kernel, const btf* programs);

// The same as a file for bpf_object_open_opts::btf_custom_path.
Status write_core_types(const btf* kernel, const btf* programs, const Fd& file);

} // namespace xs
