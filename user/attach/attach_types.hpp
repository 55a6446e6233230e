// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Supplies the types of the functions that fentry and fexit programs are for: libbpf goes through all of the kernel's
// BTF for each program.
#pragma once

#include "hooks.hpp"
#include "../resolve/types.hpp"

#include <bpf/libbpf.h>

namespace xs {

// To be called before an object with such programs is opened: libbpf then takes what `find_attach_types` found.
void supply_attach_types();

// For the programs of an object that will be loaded: of each hook's function, or what is hooked instead. `kernel`:
// vmlinux's; nullptr: libbpf searches.
void find_attach_types(bpf_object* object, std::span<const Hook> hooks, const Types* kernel);

} // namespace xs
