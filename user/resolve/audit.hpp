// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Holds the sites found in a kernel against the list made from kernel sources: what is absent and why, what is there
// and not in the list. Pure.
#pragma once

#include "../model/probe_list.hpp"
#include "../model/site.hpp"
#include "../model/kernel_config.hpp"
#include "symbols.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace xs {

// The list from the sources.
struct SourceList {
  std::span<const CounterRow> counters;
  std::span<const ListedProbe> probes;
  std::span<const ListedInline> inlines;
};
SourceList source_list();

// What is known of a kernel besides its sites.
struct KernelFacts {
  std::string release;                            // uname -r
  std::vector<Symbol> functions;                  // that were searched
  std::set<std::string> loaded;                   // modules
  std::optional<std::set<std::string>> installed; // modules that could be loaded; none: not known
  std::optional<KernelConfig> config;             // none: not known
  std::vector<std::string> counters;              // names in /proc/net/xfrm_stat; empty: not known
};

// A row of the list without a site.
struct Absent {
  enum class Reason : uint8_t { version, config, module, function, increment };
  std::string file, function, counter;
  Reason reason;
  std::string why;    // half a sentence: "module esp4 is not loaded"
  std::string remedy; // a command; empty: there is none
};

// A function with sites.
struct AuditedFunction {
  std::string name;             // without compiler suffixes
  std::string module;           // empty: built in
  std::string file;             // in the kernel's tree; empty: not in the list
  std::vector<size_t> sites;    // indexes into the sites that were audited
  std::vector<size_t> unlisted; // those among them whose function and counter are not in the list
  unsigned in_source = 0;       // increments that its source has, functions that were inlined into it included
};

struct AuditedCounter {
  std::string name;
  size_t sites = 0;
  std::string why; // it has no site: half a sentence
};

struct Audit {
  std::string version; // of the sources it was held against, the nearest one in the list
  std::vector<AuditedFunction> functions;
  std::vector<Absent> absent;
  std::vector<AuditedCounter> counters; // of this kernel, in its order
};

Audit audit(std::span<const Site> sites, const KernelFacts& kernel, const SourceList& list = source_list());

// The newest version of the list ("6.12") that is not newer than the kernel ("6.18.3-x"), else the oldest; empty: the
// list is empty.
std::string nearest_version(const std::string& release, const SourceList& list);
// How many increments `times` ("5.10:1 6.1:2") gives for a version.
unsigned times_in(std::string_view times, std::string_view version);

} // namespace xs
