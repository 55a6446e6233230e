// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What this node offers to xfrm-snap, as plain data: looked up here, judged in requirements.cpp.
#pragma once

#include "../attach/test_probe.hpp"
#include "../sys/capabilities.hpp"
#include "../sys/limits.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace xs {

// What only a trial of the whole way shows. Sentences are what went wrong; none: it worked.
struct Trial {
  std::optional<std::string> reader;   // loading the program that reads kernel text
  std::optional<std::string> text;     // reading the text of xfrm_input
  std::optional<std::string> analysis; // finding the increments
  std::optional<std::string>
      programs; // loading the tracing programs and attaching their hooks; not tried where kprobes cannot work
  size_t sites = 0;
  std::set<std::string> built_in; // modules whose increments the kernel's image contains
};

// How much of the kernel /proc shows.
enum class Procfs : uint8_t { whole, processes_only, absent };

struct Node {
  Procfs procfs = Procfs::whole;
  bool btf = false;                    // /sys/kernel/btf/vmlinux can be read
  bool xfrm_stat = false;              // /proc/net/xfrm_stat exists
  std::optional<uint32_t> kprobe_type; // of perf; none: perf knows no kprobes
  std::optional<TestProbe> probe;      // none: not tried, kprobes cannot work
  std::optional<bool> kprobes_armed;   // what debugfs says; none: it is not mounted or not readable
  std::optional<uint64_t> ftrace;      // kernel.ftrace_enabled
  std::optional<std::string> lockdown; // none, integrity or confidentiality; nullopt: securityfs is not mounted
  bool initial_userns = true;
  bool seccomp = false;                  // a filter is in force
  Capabilities capabilities = 0;         // the effective set
  int bpf_error = 0;                     // errno of making a BPF map; 0: it was made
  bool ring_buffer = false;              // the kernel knows BPF ring buffers
  std::optional<uint64_t> jit;           // net.core.bpf_jit_enable
  std::optional<bool> compiles;          // the kernel translates BPF programs for the processor; none: it loads none
  std::optional<bool> memlock_charged;   // BPF memory counts against RLIMIT_MEMLOCK (before 5.11); none: not known
  std::optional<uint64_t> memlock;       // RLIMIT_MEMLOCK, bytes; none: unlimited
  std::optional<uint64_t> files;         // that this process may open; none: unlimited
  std::optional<uint64_t> address_space; // bytes; none: unlimited
  std::optional<MemoryLimit> memory;     // of its cgroups; none: unlimited, or not shown
  bool kallsyms = false;                 // /proc/kallsyms can be read
  bool symbols_hidden = false;           // ... but all addresses in it are 0
  std::optional<uint64_t> kptr_restrict;
  std::vector<std::string> switches; // what an earlier run has left turned, sentences
  bool bpffs = false;                // at /sys/fs/bpf
  std::vector<std::string> modules;  // that contain increments and are not loaded
  std::optional<Trial> trial;        // none: not tried
};

// Takes about as long as one kprobe; nothing stays in the kernel.
Node look_at_node();
// Also loads and attaches all programs for a moment.
Node try_node();

// Pure. The active mode of /sys/kernel/security/lockdown: "none [integrity] confidentiality" -> "integrity".
std::string lockdown_mode(const std::string& text);

} // namespace xs
