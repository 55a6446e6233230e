// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Finds what a run needs in the running kernel: sites, netns, symbols.
#pragma once

#include "../model/site.hpp"
#include "../resolve/image.hpp"
#include "../resolve/losses.hpp"
#include "../sys/kernel_memory.hpp"
#include "../sys/preemption.hpp"
#include "../attach/hooks.hpp"
#include "../attach/tracer.hpp"
#include "netns_list.hpp"
#include "per_cpu.hpp"

namespace xs {

struct Found {
  std::string release;
  std::vector<Site> sites;
  std::vector<SiteMark> marks;
  Losses losses;
  std::vector<code_range> counting_callers; // see TracerOptions
  std::vector<std::string> problems;        // sentences
  NetnsList netns_list;
  std::vector<LiveNetns> netns;
  PerCpu per_cpu;
  RouteInputs route_inputs;
  bool growing_maps = false; // see `maps_can_grow`
  uint32_t counters = 0;     // in struct linux_xfrm_mib, including the unused first one
  SymbolTable symbols;
  KernelBtf btf; // not set if only a module was asked for
  std::vector<Hook> hooks;
};

// The types for loading programs, which pass them through a file in memory. Null if no file may become so large: then
// libbpf reads those of the kernel, which takes longer.
const Types* types_for_programs(const Found& found);

// Whether hash maps of BPF programs can allocate memory on demand (Linux 6.1), and always get it. Pure.
bool maps_can_grow(const SymbolTable& symbols, Preemption preemption);

// Finds what the mirror needs: netns and hooks, no sites.
Result<Found> find_for_mirror(KernelMemory& memory);
// How the mirror's hooks can be attached now, see `plan_hooks`. Reads types of modules that `btf` lacks.
Result<std::vector<Hook>> find_hooks(const SymbolTable& symbols, KernelBtf& btf);

// `module`: find only the sites of this module.
Result<Found> find(KernelMemory& memory, const std::optional<std::string>& module = {});

} // namespace xs
