// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The functions of the kernel through which states, policies and what tc has are made, change and go, and how each can
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

// All of them.
std::span<const HookSpec> hook_specs();
std::span<const HookSpec> tc_hook_specs();

// One for each of `hook_specs`: fentry and fexit where the function has BTF and cannot be preempted, for the kernel
// passes over a preempted fentry program for whatever else runs on its CPU. `loaded`: the modules that are there.
// Without vmlinux's types: by kprobes alone.
std::vector<Hook> plan_hooks(const SymbolTable& symbols, const KernelBtf& btf, const std::set<std::string>& loaded,
                             Preemption preemption);
// "states and policies", "tc"
const char* part_name(MirrorPart part);
// What the mirror lacks without it, as a sentence; empty: nothing.
std::string hook_problem(const Hook& hook);

} // namespace xs
