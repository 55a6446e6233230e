// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel's types that BPF programs ask for, taken out of its BTF in one pass: libbpf searches all of it for each.
#pragma once

#include "../resolve/types.hpp"
#include "../sys/fd.hpp"
#include "../sys/result.hpp"

namespace xs {

// Pure. What the kernel has under the names of the types of `programs` (without their "___flavor"), and what lies in
// those; what they only point to is void.
BtfPtr core_types(const btf* kernel, const btf* programs);

// The same as a file for bpf_object_open_opts::btf_custom_path.
Status write_core_types(const btf* kernel, const btf* programs, const Fd& file);

} // namespace xs
