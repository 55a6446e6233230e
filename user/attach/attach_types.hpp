// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Supplies the BTF ids of the functions that fentry and fexit programs attach to: libbpf would search all of the
// kernel's BTF for each program.
#pragma once

#include "hooks.hpp"
#include "../resolve/types.hpp"

#include <bpf/libbpf.h>

namespace xs {

// Call before an object with such programs is opened: libbpf then uses what `find_attach_types` finds.
void supply_attach_types();

// Finds the types for the programs of an object that will be loaded, by the functions of their hooks. `kernel`: types
// of vmlinux; nullptr: libbpf searches.
void find_attach_types(bpf_object* object, std::span<const Hook> hooks, const Types* kernel);

} // namespace xs
