// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Collects facts about the node, one function per fact.
#include "node.hpp"
#include "finder.hpp"

#include "../attach/kprobe.hpp"
#include "../attach/tracer.hpp"
#include "../model/probe_list.hpp"
#include "../sys/expedite.hpp"
#include "kallsyms.hpp"
#include "../sys/procfs.hpp"

#include <algorithm>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <set>
#include <sys/resource.h>
#include <sys/vfs.h>

namespace xs {
namespace {

bool readable(const char* path) {
  return access(path, R_OK) == 0;
}

// RLIMIT_MEMLOCK before libbpf raises it by itself: must be called before any BPF call.
std::optional<uint64_t> memlock_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_max == RLIM_INFINITY) return {};
  return limit.rlim_max;
}

// Like libbpf, probes for a helper of the kernel (5.11) that charges BPF memory to the cgroup instead.
bool charges_memlock() {
  return libbpf_probe_bpf_helper(BPF_PROG_TYPE_SOCKET_FILTER, BPF_FUNC_ktime_get_coarse_ns, nullptr) == 0;
}

int bpf_map_error() {
  const Fd map(bpf_map_create(BPF_MAP_TYPE_ARRAY, "xs_check", sizeof(uint32_t), sizeof(uint32_t), 1, nullptr));
  return map ? 0 : errno;
}

// Whether the kernel JIT-compiled an empty program; none: it cannot be loaded, or the kernel does not say.
std::optional<bool> compiles_programs() {
  constexpr bpf_insn kNothing[] = {
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = 0},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
  const Fd program(
      bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "xs_check", "GPL", kNothing, std::size(kNothing), nullptr));
  bpf_prog_info info{};
  uint32_t size = sizeof(info);
  if (!program || bpf_obj_get_info_by_fd(program.get(), &info, &size)) return {};
  return info.jited_prog_len > 0;
}

// The first 64 KiB have thousands of symbols, of which only per-CPU ones may really be at 0.
void look_at_symbols(Node& node) {
  const Fd file(open("/proc/kallsyms", O_RDONLY | O_CLOEXEC));
  std::string text(1 << 16, '\0');
  const ssize_t n = file ? read(file.get(), text.data(), text.size()) : 0;
  if (n <= 0) return;
  node.kallsyms = true;
  SymbolTable table;
  for (size_t at = 0; at < static_cast<size_t>(n);) {
    const size_t end = std::min(text.find('\n', at), static_cast<size_t>(n));
    table.add_line(std::string_view(text).substr(at, end - at));
    at = end + 1;
  }
  table.sort();
  node.symbols_hidden = table.hidden();
}

bool is_bpffs(const char* path) {
  struct statfs info {};
  return statfs(path, &info) == 0 && info.f_type == BPF_FS_MAGIC;
}

std::vector<std::string> modules_not_loaded() {
  std::set<std::string> out;
  for (const ListedProbe& p : probe_list())
    if (p.module && access((std::string("/sys/module/") + p.module).c_str(), F_OK)) out.insert(p.module);
  return {out.begin(), out.end()};
}

std::optional<std::string> lockdown() {
  if (const auto text = read_line("/sys/kernel/security/lockdown")) return lockdown_mode(*text);
  const std::string command = read_line("/proc/cmdline").value_or("");
  if (command.find("lockdown=confidentiality") != command.npos) return "confidentiality";
  return {};
}

// Mounted with subset=pid (ProcSubset=pid of systemd), /proc has processes and nothing else.
Procfs look_at_proc() {
  if (access("/proc/self/status", F_OK)) return Procfs::absent;
  return access("/proc/filesystems", F_OK) && access("/proc/sys", F_OK) ? Procfs::processes_only : Procfs::whole;
}

void look_at_limits(Node& node) {
  node.files = hard_limit(RLIMIT_NOFILE);
  node.address_space = hard_limit(RLIMIT_AS);
  node.memory = memory_limit();
}

// Everything that needs no BPF call.
void look_at_kernel(Node& node) {
  node.procfs = look_at_proc();
  node.btf = readable("/sys/kernel/btf/vmlinux");
  node.xfrm_stat = readable("/proc/net/xfrm_stat");
  if (const auto type = kprobe_type()) node.kprobe_type = *type;
  if (const auto armed = read_number("/sys/kernel/debug/kprobes/enabled")) node.kprobes_armed = *armed != 0;
  node.ftrace = read_number("/proc/sys/kernel/ftrace_enabled");
  node.lockdown = lockdown();
  node.jit = read_number("/proc/sys/net/core/bpf_jit_enable");
  node.kptr_restrict = read_number("/proc/sys/kernel/kptr_restrict");
  node.bpffs = is_bpffs("/sys/fs/bpf");
  node.modules = modules_not_loaded();
  look_at_symbols(node);
}

std::optional<std::string> try_text(KernelMemory& memory) {
  const auto symbols = read_kallsyms();
  if (!symbols) return symbols.error().text;
  const auto address = symbols->address_of("xfrm_input");
  uint64_t bytes = 0;
  if (!address) return "this kernel has no function xfrm_input (CONFIG_XFRM)";
  if (!memory.read_object(*address, bytes))
    return fmt::format("cannot read the kernel's text at xfrm_input ({:#x})", *address);
  return {};
}

std::optional<std::string> try_programs(const std::vector<Hook>& hooks, const std::vector<SiteMark>& marks) {
  TracerOptions options;
  options.hooks = hooks;
  auto tracer = Tracer::load(options);
  if (!tracer) return tracer.error().text;
  for (const Hook& hook : hooks)
    if (std::string lacking = hook_problem(hook); hook.spec->part != MirrorPart::tc && !lacking.empty()) return lacking;
  const auto problems = tracer->attach_hooks(marks);
  if (!problems.empty()) return problems.front();
  return {};
}

std::set<std::string> modules_built_in(std::span<const Site> sites) {
  std::set<std::string> out;
  for (const Site& s : sites)
    for (const ListedProbe& p : probe_list())
      if (p.module && s.module.empty() && p.function == source_name(s.function)) out.insert(p.module);
  return out;
}

// With the function tracer off, an attempt makes the kernel warn, and it does not recover.
bool probes_possible(const Node& node) {
  return node.kprobe_type && node.ftrace != 0u;
}

Trial attempt(bool probes) {
  Trial out;
  auto memory = KernelMemory::open();
  if (!memory) {
    out.reader = memory.error().text;
    return out;
  }
  out.text = try_text(*memory);
  if (out.text) return out;
  const auto found = find(*memory);
  if (!found) out.analysis = found.error().text;
  if (found) {
    out.sites = found->sites.size();
    out.built_in = modules_built_in(found->sites);
  }
  if (probes) out.programs = found ? try_programs(found->hooks, found->marks) : try_programs({}, {});
  return out;
}

} // namespace

std::string lockdown_mode(const std::string& text) {
  const size_t open = text.find('['), close = text.find(']');
  if (open == text.npos || close == text.npos || close < open) return "none";
  return text.substr(open + 1, close - open - 1);
}

Node look_at_node() {
  Node node;
  const std::string status = read_file("/proc/self/status").value_or("");
  node.capabilities = effective_capabilities(status).value_or(0);
  node.seccomp = filtered_by_seccomp(status);
  node.initial_userns = is_initial_user_namespace(read_file("/proc/self/uid_map").value_or("0 0 4294967295"));
  look_at_kernel(node);
  node.memlock = memlock_limit();
  look_at_limits(node);
  node.bpf_error = bpf_map_error();
  if (node.bpf_error == 0) {
    node.ring_buffer = libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, nullptr) == 1;
    node.memlock_charged = charges_memlock();
    node.compiles = compiles_programs();
  }
  if (probes_possible(node)) node.probe = try_kprobe(*node.kprobe_type);
  return node;
}

Node try_node() {
  auto mended = mend_switches();
  Node node = look_at_node();
  node.switches = std::move(mended);
  if (node.bpf_error == 0) node.trial = attempt(probes_possible(node));
  if (node.trial) std::erase_if(node.modules, [&](const std::string& m) { return node.trial->built_in.contains(m); });
  return node;
}

} // namespace xs
