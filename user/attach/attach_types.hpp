// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Supplies the types of the functions that fentry and fexit programs are for: libbpf goes through all of the kernel's
// BTF for each program.
#pragma once

#include "../resolve/types.hpp"

#include <bpf/libbpf.h>

namespace xs {

// To be called before an object with such programs is opened: libbpf then takes what `find_attach_types` found.
void supply_attach_types();

// For the programs of an object that will be loaded. `kernel`: vmlinux's; nullptr: libbpf searches.
void find_attach_types(bpf_object* object, const Types* kernel);

} // namespace xs
