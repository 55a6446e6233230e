// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Facts about this node as plain data; requirements.cpp judges them.
#pragma once

#include "../attach/test_probe.hpp"
#include "../sys/capabilities.hpp"
#include "../sys/limits.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace xs {

// Results of trying each step of a run. A sentence says what failed; none: it worked.
struct Trial {
  std::optional<std::string> reader;   // loading the program that reads kernel text
  std::optional<std::string> text;     // reading the text of xfrm_input
  std::optional<std::string> analysis; // finding the increments
  std::optional<std::string>
      programs; // loading the programs and attaching their hooks; not tried if kprobes cannot work
  size_t sites = 0;
  std::set<std::string> built_in; // modules whose increments the kernel's image contains
};

// What is visible in /proc.
enum class Procfs : uint8_t { whole, processes_only, absent };

struct Node {
  Procfs procfs = Procfs::whole;
  bool btf = false;                    // /sys/kernel/btf/vmlinux can be read
  bool xfrm_stat = false;              // /proc/net/xfrm_stat exists
  std::optional<uint32_t> kprobe_type; // of perf; none: perf knows no kprobes
  std::optional<TestProbe> probe;      // none: not tried, kprobes cannot work
  std::optional<bool> kprobes_armed;   // from debugfs; none: not mounted or not readable
  std::optional<uint64_t> ftrace;      // kernel.ftrace_enabled
  std::optional<std::string> lockdown; // none, integrity or confidentiality; nullopt: securityfs is not mounted
  bool initial_userns = true;
  bool seccomp = false;                  // a filter is in force
  Capabilities capabilities = 0;         // the effective set
  int bpf_error = 0;                     // errno of making a BPF map; 0: it was made
  bool ring_buffer = false;              // the kernel knows BPF ring buffers
  std::optional<uint64_t> jit;           // net.core.bpf_jit_enable
  std::optional<bool> compiles;          // the kernel JIT-compiles BPF programs; none: it loads none
  std::optional<bool> memlock_charged;   // BPF memory counts against RLIMIT_MEMLOCK (before 5.11); none: not known
  std::optional<uint64_t> memlock;       // RLIMIT_MEMLOCK, bytes; none: unlimited
  std::optional<uint64_t> files;         // limit of open files; none: unlimited
  std::optional<uint64_t> address_space; // bytes; none: unlimited
  std::optional<MemoryLimit> memory;     // of its cgroups; none: unlimited, or not shown
  bool kallsyms = false;                 // /proc/kallsyms can be read
  bool symbols_hidden = false;           // ... but all addresses in it are 0
  std::optional<uint64_t> kptr_restrict;
  std::vector<std::string> switches; // sentences on switches that an earlier run left turned
  bool bpffs = false;                // at /sys/fs/bpf
  std::vector<std::string> modules;  // that contain increments and are not loaded
  std::optional<Trial> trial;        // none: not tried
};

// Takes about as long as attaching one kprobe; leaves nothing in the kernel.
Node look_at_node();
// Also loads and attaches all programs, for a moment.
Node try_node();

// Pure. The active mode of /sys/kernel/security/lockdown: "none [integrity] confidentiality" -> "integrity".
std::string lockdown_mode(const std::string& text);

} // namespace xs
