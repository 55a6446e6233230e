// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A short rule for each requirement, and the table that orders them.
#include "requirements.hpp"
#include "../model/joined.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <linux/capability.h>
#include <span>

namespace xs {
namespace {

using enum Requirement::Grade;

// The result of a rule; the table adds the name.
struct Verdict {
  Requirement::Grade grade = ok;
  std::string found;
  std::string remedy;
};

struct NeededCapability {
  const char* name;
  unsigned number;
  Requirement::Grade lacking; // bad: xfrm-snap cannot run without it
  bool probes_too;            // `probes` needs it as well
  const char* why;
};

constexpr NeededCapability kCapabilities[] = {
    {"CAP_BPF", CAP_BPF, bad, true, "to load BPF programs"},
    {"CAP_PERFMON", CAP_PERFMON, bad, true, "to set kprobes and to read kernel memory"},
    {"CAP_NET_ADMIN", CAP_NET_ADMIN, bad, false, "to ask the kernel for SAs, policies and tc programs"},
    {"CAP_SYSLOG", CAP_SYSLOG, bad, true, "to see addresses of kernel symbols"},
    {"CAP_SYS_ADMIN", CAP_SYS_ADMIN, bad, false, "to enter netns and to look up BPF objects by id"},
    {"CAP_SYS_PTRACE", CAP_SYS_PTRACE, warn, false, "to name and to enter netns that only other processes hold"},
};

const char* const kGive = "run it as root (sudo), or give it the capability";

// CAP_SYS_ADMIN includes the two capabilities that were split off from it; addresses need no capability if nothing
// restricts them.
bool covered(const Node& n, unsigned capability) {
  if (capability == CAP_BPF || capability == CAP_PERFMON) return has(n.capabilities, CAP_SYS_ADMIN);
  return capability == CAP_SYSLOG && n.kallsyms && !n.symbols_hidden;
}

Verdict capability(const Node& n, const NeededCapability& c) {
  if (has(n.capabilities, c.number)) return {ok, "held", ""};
  if (covered(n, c.number))
    return {ok, c.number == CAP_SYSLOG ? "not held, not needed: addresses are visible" : "covered by CAP_SYS_ADMIN",
            ""};
  return {c.lacking, fmt::format("this process lacks {}, needed {}", c.name, c.why), kGive};
}

// `probes` needs the same privileges as BPF and kprobes.
bool privileged(const Node& n) {
  return n.initial_userns && std::ranges::all_of(kCapabilities, [&](const NeededCapability& c) {
           return !c.probes_too || capability(n, c).grade == ok;
         });
}

Verdict untried() {
  return {warn, "not tried: capabilities are missing", ""};
}

// Why a privileged process is refused nevertheless.
Verdict refused(const Node& n, const std::string& what, int error) {
  const char* remedy =
      error != EPERM && error != EACCES ? "see the kernel's log"
      : n.seccomp ? "a seccomp filter is in force: allow bpf and perf_event_open in the container's profile"
                  : "look for kernel lockdown (kernel parameter lockdown=) or a security module that forbids it";
  return {bad, fmt::format("{}: {}", what, errno_text(error)), remedy};
}

Verdict procfs(const Node& n) {
  if (n.procfs == Procfs::absent) return {bad, "/proc is not mounted", "mount -t proc proc /proc"};
  if (n.procfs == Procfs::whole) return {ok, "/proc", ""};
  return {bad, "/proc shows processes only (subset=pid): neither the kernel's counters nor its symbols",
          "mount -t proc proc /proc; in a systemd unit, ProcSubset=all"};
}

// A fact that is not visible is not reported as missing.
Verdict not_shown() {
  return {warn, "not shown in this /proc", ""};
}

Verdict btf(const Node& n) {
  if (n.btf) return {ok, "/sys/kernel/btf/vmlinux", ""};
  return {bad, "this kernel does not describe its types: there is no /sys/kernel/btf/vmlinux",
          "boot a kernel with CONFIG_DEBUG_INFO_BTF=y"};
}

Verdict kprobes(const Node& n) {
  if (n.kprobe_type) return {ok, fmt::format("perf event type {}", *n.kprobe_type), ""};
  return {bad, "this kernel has no kprobes for perf: there is no /sys/bus/event_source/devices/kprobe",
          "boot a kernel with CONFIG_KPROBES=y and CONFIG_KPROBE_EVENTS=y"};
}

Verdict ftrace(const Node& n) {
  if (n.ftrace == 0u)
    return {bad, "the function tracer, which hooks need, is off: kernel.ftrace_enabled is 0",
            "sysctl -w kernel.ftrace_enabled=1"};
  if (n.ftrace) return {ok, fmt::format("kernel.ftrace_enabled is {}", *n.ftrace), ""};
  return {ok, n.procfs == Procfs::whole ? "not in this kernel: all hooks are kprobes" : "not shown", ""};
}

Verdict xfrm_stat(const Node& n) {
  if (n.xfrm_stat) return {ok, "/proc/net/xfrm_stat", ""};
  if (n.procfs != Procfs::whole) return not_shown();
  return {bad, "this kernel counts no XFRM errors: there is no /proc/net/xfrm_stat",
          "boot a kernel with CONFIG_XFRM_STATISTICS=y"};
}

Verdict lockdown(const Node& n) {
  if (n.lockdown == "confidentiality")
    return {bad, "kernel lockdown is \"confidentiality\", which forbids kprobes and reading kernel memory",
            "boot with lockdown=integrity or without it"};
  return {ok, n.lockdown.value_or("not known: securityfs is not mounted"), ""};
}

Verdict user_namespace(const Node& n) {
  if (n.initial_userns) return {ok, "the initial one", ""};
  return {bad, "this process is in a user namespace of its own, whose capabilities do not reach BPF and kprobes",
          "run it in the host's user namespace (docker run --userns=host; not in a rootless container)"};
}

Verdict bpf(const Node& n) {
  if (!privileged(n)) return untried();
  if (n.bpf_error == ENOSYS)
    return {bad, "this kernel has no bpf system call", "boot a kernel with CONFIG_BPF_SYSCALL=y"};
  if (n.bpf_error) return refused(n, "cannot make a BPF map", n.bpf_error);
  if (!n.ring_buffer) return {bad, "this kernel has no BPF ring buffer", "boot Linux 5.10 or newer"};
  if (n.trial && n.trial->reader) return {bad, *n.trial->reader, "-v shows the kernel's words"};
  return {ok, n.trial ? "maps, ring buffer, programs" : "maps, ring buffer", ""};
}

Verdict jit(const Node& n) {
  if (n.jit == 0u)
    return {bad, "the BPF JIT is off: net.core.bpf_jit_enable is 0", "sysctl -w net.core.bpf_jit_enable=1"};
  if (n.compiles == false)
    return {bad, "this kernel interprets BPF programs; those of xfrm-snap call functions, which takes its BPF JIT",
            "boot a kernel with CONFIG_BPF_JIT=y"};
  if (n.jit) return {ok, fmt::format("net.core.bpf_jit_enable is {}", *n.jit), ""};
  return {ok, n.compiles ? "programs are compiled" : "not shown in this netns", ""};
}

Verdict memlock(const Node& n) {
  constexpr uint64_t kEnough = 64u << 20;
  if (!n.memlock_charged) return {warn, "not known: BPF cannot be asked", ""};
  if (!*n.memlock_charged) return {ok, "this kernel charges BPF memory to the cgroup", ""};
  if (!n.memlock) return {ok, "unlimited", ""};
  if (has(n.capabilities, CAP_SYS_RESOURCE)) return {ok, "limited, and raised with CAP_SYS_RESOURCE", ""};
  return {*n.memlock < kEnough ? bad : ok, fmt::format("locked memory is limited to {} KiB", *n.memlock >> 10),
          "ulimit -l unlimited, or give it CAP_SYS_RESOURCE"};
}

Verdict files(const Node& n) {
  constexpr uint64_t kNeeded = 320; // probes, hooks, maps, programs: 240 on Linux 7, and more for modules loaded later
  if (!n.files) return {ok, "unlimited", ""};
  if (*n.files >= kNeeded) return {ok, fmt::format("{} at most", *n.files), ""};
  return {bad, fmt::format("this process may open but {} files, and needs {}", *n.files, kNeeded),
          fmt::format("ulimit -n {}; in a systemd unit, LimitNOFILE=", kNeeded)};
}

Verdict address_space(const Node& n) {
  constexpr uint64_t kNeeded = 128u << 20;
  if (!n.address_space) return {ok, "unlimited", ""};
  const std::string limited = fmt::format("{} MiB at most", *n.address_space >> 20);
  if (*n.address_space >= kNeeded) return {ok, limited, ""};
  return {bad, fmt::format("this process may have an address space of {}, and needs {}", limited, kNeeded >> 20),
          "ulimit -v unlimited; in a systemd unit, LimitAS="};
}

// The process itself, and its maps, which count as its memory since Linux 5.11.
Verdict memory(const Node& n) {
  constexpr uint64_t kNeeded = 80u << 20;
  if (!n.memory) return {ok, "no limit of a cgroup is seen", ""};
  const std::string limited = fmt::format("{} MiB by {}", n.memory->bytes >> 20, n.memory->file);
  if (n.memory->bytes >= kNeeded) return {ok, "limited to " + limited, ""};
  return {bad, fmt::format("memory is limited to {}; it needs {} MiB, and more for many SAs", limited, kNeeded >> 20),
          "raise it (systemd: MemoryMax=; docker: --memory; Kubernetes: limits.memory)"};
}

Verdict symbols(const Node& n) {
  if (!n.kallsyms && n.procfs != Procfs::whole) return not_shown();
  if (!n.kallsyms)
    return {bad, "cannot read kernel symbols from /proc/kallsyms", "boot a kernel with CONFIG_KALLSYMS=y"};
  const std::string now = n.kptr_restrict ? fmt::format("kernel.kptr_restrict is {}", *n.kptr_restrict)
                                          : "kernel.kptr_restrict is not readable";
  if (!n.symbols_hidden) return {ok, now, ""};
  const bool root_too = n.kptr_restrict.value_or(0) >= 2;
  return {bad,
          fmt::format("cannot read kernel symbols: their addresses are hidden{} ({})",
                      root_too ? " even from root" : "", now),
          root_too ? "sysctl -w kernel.kptr_restrict=1" : "run it as root or with CAP_SYSLOG"};
}

Verdict test_probe(const Node& n) {
  if (!n.probe) return {warn, "not tried: kprobes cannot work", ""};
  if (!privileged(n)) return untried();
  if (n.probe->error) return refused(n, "cannot set a kprobe", n.probe->error);
  if (n.probe->hits) return {ok, "a kprobe was set, fired and was removed", ""};
  if (n.kprobes_armed.value_or(false))
    return {warn, "a kprobe was set, but was not seen to fire", "see the summary of a run"};
  return {
      bad, "kprobes are switched off: one was set and did not fire",
      "echo 1 > /sys/kernel/debug/kprobes/enabled (mount -t debugfs debugfs /sys/kernel/debug first, if it is empty)"};
}

Verdict text(const Node& n) {
  if (!n.trial || n.trial->reader) return {warn, "not tried", ""};
  if (n.trial->text) return {bad, *n.trial->text, "see the requirements above"};
  return {ok, "the text of xfrm_input was read", ""};
}

Verdict analysis(const Node& n) {
  if (!n.trial || n.trial->reader || n.trial->text) return {warn, "not tried", ""};
  if (n.trial->analysis)
    return {bad, *n.trial->analysis, "boot a kernel with CONFIG_KALLSYMS_ALL=y, or see xfrm-snap probes"};
  if (n.trial->sites == 0) return {bad, "not one increment was found in this kernel", "see xfrm-snap probes"};
  return {ok, fmt::format("{} increments found", n.trial->sites), ""};
}

Verdict programs(const Node& n) {
  if (!n.trial || n.trial->reader || n.trial->text || !n.probe) return {warn, "not tried", ""};
  if (n.trial->programs) return {bad, *n.trial->programs, ""};
  return {ok, "loaded and attached", ""};
}

Verdict bpffs(const Node& n) {
  if (n.bpffs) return {ok, "/sys/fs/bpf", ""};
  return {warn, "no bpffs at /sys/fs/bpf: maps cannot be pinned for bpftool", "mount -t bpf bpf /sys/fs/bpf"};
}

Verdict switches(const Node& n) {
  if (n.switches.empty()) return {ok, "none was left turned", ""};
  return {warn, joined(n.switches, "; "), ""};
}

Verdict modules(const Node& n) {
  if (n.modules.empty()) return {ok, "all that contain increments are there", ""};
  return {ok, fmt::format("not loaded: {}; attached when they are", joined(n.modules, ", ")), ""};
}

struct Rule {
  const char* name;
  Verdict (*judge)(const Node&);
  bool probes_too; // `probes` needs it as well
  bool trial;      // unknown without a trial
};

constexpr Rule kKernel[] = {
    {"procfs", procfs, true, false},
    {"btf", btf, true, false},
    {"kprobes", kprobes, false, false},
    {"xfrm_stat", xfrm_stat, true, false},
    {"ftrace", ftrace, false, false},
    {"lockdown", lockdown, true, false},
    {"user-namespace", user_namespace, true, false},
};

constexpr Rule kTried[] = {
    {"open-files", files, false, false}, {"address-space", address_space, true, false},
    {"memory", memory, false, false},    {"memlock", memlock, true, false},
    {"bpf", bpf, true, false},           {"jit", jit, false, false},
    {"symbols", symbols, true, false},   {"test-probe", test_probe, false, false},
    {"kernel-text", text, true, true},   {"analysis", analysis, true, true},
    {"programs", programs, false, true}, {"bpffs", bpffs, false, false},
    {"switches", switches, false, true}, {"modules", modules, true, false},
};

void apply(std::span<const Rule> rules, const Node& node, Purpose purpose, std::vector<Requirement>& out) {
  for (const Rule& r : rules) {
    if ((purpose == Purpose::probes && !r.probes_too) || (r.trial && !node.trial)) continue;
    Verdict v = r.judge(node);
    out.push_back({r.name, v.grade, std::move(v.found), v.grade == ok ? "" : std::move(v.remedy)});
  }
}

} // namespace

std::vector<Requirement> judge(const Node& node, Purpose purpose) {
  std::vector<Requirement> out;
  apply(kKernel, node, purpose, out);
  for (const NeededCapability& c : kCapabilities) {
    if (purpose == Purpose::probes && !c.probes_too) continue;
    Verdict v = capability(node, c);
    out.push_back({c.name, v.grade, std::move(v.found), std::move(v.remedy)});
  }
  apply(kTried, node, purpose, out);
  return out;
}

Status first_failure(const std::vector<Requirement>& requirements) {
  const auto first = std::ranges::find(requirements, bad, &Requirement::grade);
  if (first == requirements.end()) return {};
  if (!first->name.starts_with("CAP_")) return fail("{}; {}", first->found, first->remedy);
  std::vector<std::string> lacking;
  for (const Requirement& r : requirements)
    if (r.grade == bad && r.name.starts_with("CAP_")) lacking.push_back(r.name);
  return fail("needs {}, which this process lacks: run it as root (sudo), or give it {}", joined(lacking, ", "),
              lacking.size() == 1 ? "this capability" : "these capabilities");
}

std::vector<std::string> lesser_abilities(const std::vector<Requirement>& requirements) {
  std::vector<std::string> out;
  for (const Requirement& r : requirements)
    if (r.grade == warn && r.name.starts_with("CAP_")) out.push_back(r.found);
  return out;
}

} // namespace xs
