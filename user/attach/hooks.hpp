// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel functions through which states, policies and objects of tc are made, changed and removed, and how each can
// be hooked.
#pragma once

#include "../model/hook.hpp"
#include "../resolve/image.hpp"
#include "../sys/preemption.hpp"

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace xs {

// All hooks.
std::span<const HookSpec> hook_specs();
std::span<const HookSpec> tc_hook_specs();

// A hook for each of `hook_specs`: fentry or fexit if the function has BTF and cannot be preempted, since the kernel
// skips a preempted fentry program for whatever else runs on its CPU. `loaded`: the loaded modules. Without the types
// of vmlinux: kprobes only.
std::vector<Hook> plan_hooks(const SymbolTable& symbols, const KernelBtf& btf, const std::set<std::string>& loaded,
                             Preemption preemption);
// "states and policies", "tc"
const char* part_name(MirrorPart part);
// What the mirror lacks without the hook, as a sentence; empty: nothing.
std::string hook_problem(const Hook& hook);

} // namespace xs
