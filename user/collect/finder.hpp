// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Looks into the running kernel for what a run needs to know: sites, netns, symbols.
#pragma once

#include "../model/site.hpp"
#include "../resolve/image.hpp"
#include "../resolve/losses.hpp"
#include "../sys/kernel_memory.hpp"
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
  bool growing_maps = false; // hash maps of BPF programs can take memory as they need it (Linux 6.1)
  uint32_t counters = 0;     // in struct linux_xfrm_mib, the unused first one included
  SymbolTable symbols;
  KernelBtf btf; // not set where a module was asked for
  std::vector<Hook> hooks;
};

// For what loads programs: the types that they ask for go through a file in memory. Null where no file may become so
// large; then the kernel's own are read, which takes longer.
const Types* types_for_programs(const Found& found);

// What the mirror alone needs: netns and hooks, no sites.
Result<Found> find_for_mirror(KernelMemory& memory);
// How the mirror's hooks can be set now, see `plan_hooks`. Reads the types of modules that `btf` has none of.
Result<std::vector<Hook>> find_hooks(const SymbolTable& symbols, KernelBtf& btf);

// `module`: look at this module's sites only, and at nothing else.
Result<Found> find(KernelMemory& memory, const std::optional<std::string>& module = {});

} // namespace xs
