// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Looks into the running kernel for what a run needs to know: sites, netns, symbols.
#pragma once

#include "../model/site.hpp"
#include "../resolve/image.hpp"
#include "../resolve/losses.hpp"
#include "../sys/kernel_memory.hpp"
#include "../sys/preemption.hpp"
#include "../attach/hooks.hpp"
#include "../attach/tracer.hpp"
#include "netns_list.hpp"

namespace xs {

// Where per-CPU variables lie; 0 where the kernel has none.
struct PerCpu {
  uint64_t offsets = 0;       // __per_cpu_offset
  uint64_t preempt_count = 0; // see bpf/compat.bpf.h
};

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
  uint32_t counters = 0;     // in struct linux_xfrm_mib, the unused first one included
  SymbolTable symbols;
  KernelBtf btf; // not set where a module was asked for
  std::vector<Hook> hooks;
};

// For what loads programs: the types that they ask for go through a file in memory. Null where no file may become so
// large; then the kernel's own are read, which takes longer.
const Types* types_for_programs(const Found& found);

// Pure. Whether hash maps of BPF programs can take memory as they need it (Linux 6.1), and always get it.
bool maps_can_grow(const SymbolTable& symbols, Preemption preemption);

// What the mirror alone needs: netns and hooks, no sites.
Result<Found> find_for_mirror(KernelMemory& memory);
// How the mirror's hooks can be set now, see `plan_hooks`. Reads the types of modules that `btf` has none of.
Result<std::vector<Hook>> find_hooks(const SymbolTable& symbols, KernelBtf& btf);

// `module`: look at this module's sites only, and at nothing else.
Result<Found> find(KernelMemory& memory, const std::optional<std::string>& module = {});

} // namespace xs
