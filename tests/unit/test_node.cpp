// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Requirements on a node: parsing, and sentences on what is missing.
#include "../../user/collect/requirements.hpp"
#include "../../user/sys/kernel_config.hpp"
#include "../../user/sys/modules.hpp"

#include <algorithm>
#include <cerrno>
#include <doctest/doctest.h>
#include <linux/capability.h>

using namespace xs;

namespace {

constexpr Capabilities kAll = ~0ull;

Capabilities without(std::initializer_list<unsigned> lacking) {
  Capabilities out = kAll;
  for (const unsigned c : lacking)
    out &= ~(1ull << c);
  return out;
}

// A node that can run xfrm-snap.
Node good() {
  Node n;
  n.btf = n.xfrm_stat = n.kallsyms = n.bpffs = n.ring_buffer = true;
  n.kprobe_type = 8;
  n.probe = TestProbe{0, 1};
  n.capabilities = kAll;
  n.kptr_restrict = 1;
  n.memlock_charged = false;
  n.lockdown = "integrity";
  return n;
}

std::string sentence(const Node& n, Purpose purpose = Purpose::trace) {
  const auto status = first_failure(judge(n, purpose));
  return status ? "" : status.error().text;
}

Requirement find(const Node& n, const std::string& name) {
  const auto all = judge(n);
  const auto it = std::ranges::find(all, name, &Requirement::name);
  REQUIRE(it != all.end());
  return *it;
}

} // namespace

TEST_CASE("the effective capabilities are read from /proc/self/status") {
  CHECK(effective_capabilities("Name:\tx\nCapPrm:\t000001ffffffffff\nCapEff:\t000000c000201000\nSeccomp:\t0\n") ==
        0xc000201000);
  CHECK(effective_capabilities("CapEff:\t0000000000000000\n") == 0);
  CHECK_FALSE(effective_capabilities("CapPrm:\t1\n"));
  CHECK_FALSE(effective_capabilities("CapEff:\tnonsense\n"));
  CHECK_FALSE(effective_capabilities("CapEff:"));
  CHECK(has(0xc000201000, CAP_BPF));
  CHECK_FALSE(has(0xc000201000, CAP_SYSLOG));
}

TEST_CASE("a seccomp filter and a user namespace are noticed") {
  CHECK(filtered_by_seccomp("Seccomp:\t2\nSeccomp_filters:\t1\n"));
  CHECK_FALSE(filtered_by_seccomp("Seccomp:\t0\nSeccomp_filters:\t2\n"));
  CHECK(is_initial_user_namespace("         0          0 4294967295\n"));
  CHECK_FALSE(is_initial_user_namespace("         0       1000          1\n"));
  CHECK_FALSE(is_initial_user_namespace(""));
}

TEST_CASE("the lockdown mode is the one in brackets") {
  CHECK(lockdown_mode("none [integrity] confidentiality") == "integrity");
  CHECK(lockdown_mode("none integrity [confidentiality]") == "confidentiality");
  CHECK(lockdown_mode("") == "none");
}

TEST_CASE("kernel options: y, m and other values are set, everything else is not") {
  const KernelConfig c =
      parse_config("#\nCONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\nCONFIG_D=\"a=b\"\nCONFIG_E=n\nX=y\nCONFIG_F=y");
  CHECK(c == KernelConfig{{"CONFIG_A", 'y'}, {"CONFIG_B", 'm'}, {"CONFIG_D", 'v'}, {"CONFIG_F", 'y'}});
}

TEST_CASE("modules.dep gives names as the kernel has them") {
  CHECK(parse_modules_dep(
            "kernel/net/ipv4/esp4.ko.xz: kernel/crypto/a.ko\nkernel/net/x/ip-tunnel.ko:\nplain.ko:\nrubbish\n") ==
        std::set<std::string>{"esp4", "ip_tunnel", "plain"});
}

TEST_CASE("a good node has nothing to complain about") {
  CHECK(sentence(good()) == "");
  CHECK(satisfied(judge(good())));
  for (const Requirement& r : judge(good())) {
    CAPTURE(r.name);
    CHECK(r.grade == Requirement::Grade::ok);
    CHECK(r.remedy == "");
  }
}

TEST_CASE("capabilities that lack are named all at once, with the remedy") {
  Node n = good();
  n.capabilities = 0;
  n.symbols_hidden = true;
  CHECK(sentence(n) ==
        "needs CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN, CAP_SYSLOG, CAP_SYS_ADMIN, which this process lacks: "
        "run it as root (sudo), or give it these capabilities");
  CHECK(sentence(n, Purpose::probes) == "needs CAP_BPF, CAP_PERFMON, CAP_SYSLOG, which this process lacks: "
                                        "run it as root (sudo), or give it these capabilities");
  n.capabilities = without({CAP_NET_ADMIN});
  CHECK(sentence(n).starts_with("needs CAP_NET_ADMIN, which this process lacks: "));
}

TEST_CASE("a capability that the kernel does not ask for may lack") {
  Node n = good();
  n.capabilities = without({CAP_BPF, CAP_PERFMON}); // CAP_SYS_ADMIN covers both
  CHECK(sentence(n) == "");
  n.capabilities = without({CAP_SYSLOG}); // and the addresses are visible
  CHECK(sentence(n) == "");
  n.capabilities = without({CAP_SYS_PTRACE});
  CHECK(sentence(n) == "");
  CHECK(find(n, "CAP_SYS_PTRACE").grade == Requirement::Grade::warn);
  CHECK(lesser_abilities(judge(n)) ==
        std::vector<std::string>{"this process lacks CAP_SYS_PTRACE, needed to name and to "
                                 "enter netns that only other processes hold"});
  CHECK(lesser_abilities(judge(good())).empty());
  n.capabilities = without({CAP_BPF, CAP_SYS_ADMIN});
  CHECK(sentence(n).starts_with("needs CAP_BPF, CAP_SYS_ADMIN, which"));
}

TEST_CASE("hidden symbols: the remedy differs for kptr_restrict 1 and 2") {
  Node n = good();
  n.symbols_hidden = true;
  n.kptr_restrict = 2;
  CHECK(sentence(n) ==
        "cannot read kernel symbols: their addresses are hidden even from root (kernel.kptr_restrict is 2); "
        "sysctl -w kernel.kptr_restrict=1");
  n.kptr_restrict = 1;
  CHECK(sentence(n) == "cannot read kernel symbols: their addresses are hidden (kernel.kptr_restrict is 1); "
                       "run it as root or with CAP_SYSLOG");
}

TEST_CASE("what the kernel lacks comes before what the process lacks") {
  Node n = good();
  n.capabilities = 0;
  n.kprobe_type.reset();
  n.probe.reset();
  CHECK(sentence(n) == "this kernel has no kprobes for perf: there is no /sys/bus/event_source/devices/kprobe; "
                       "boot a kernel with CONFIG_KPROBES=y and CONFIG_KPROBE_EVENTS=y");
  CHECK(sentence(n, Purpose::probes).starts_with("needs CAP_BPF")); // looking needs no kprobes
  n = good();
  n.xfrm_stat = false;
  CHECK(sentence(n).starts_with("this kernel counts no XFRM errors"));
  n = good();
  n.lockdown = "confidentiality";
  CHECK(sentence(n).ends_with("boot with lockdown=integrity or without it"));
}

TEST_CASE("a kprobe that does not fire") {
  Node n = good();
  n.probe = TestProbe{0, 0};
  CHECK(sentence(n).starts_with("kprobes are switched off: one was set and did not fire; echo 1 > "));
  n.kprobes_armed = true; // the system call may just have been inlined: the kernel's own word counts
  CHECK(find(n, "test-probe").grade == Requirement::Grade::warn);
  n.probe = TestProbe{EPERM, 0};
  n.seccomp = true;
  CHECK(sentence(n).starts_with("cannot set a kprobe: Operation not permitted; a seccomp filter is in force"));
}

TEST_CASE("bpf that is refused although the process is capable") {
  Node n = good();
  n.bpf_error = EPERM;
  n.seccomp = true;
  CHECK(sentence(n).starts_with("cannot make a BPF map: Operation not permitted; a seccomp filter is in force"));
  n.seccomp = false;
  CHECK(sentence(n).starts_with("cannot make a BPF map: Operation not permitted; look for kernel lockdown"));
  n.bpf_error = ENOSYS;
  CHECK(sentence(n) == "this kernel has no bpf system call; boot a kernel with CONFIG_BPF_SYSCALL=y");
}

TEST_CASE("locked memory counts only where the kernel charges it") {
  Node n = good();
  n.memlock = 64 << 10;
  n.capabilities = without({CAP_SYS_RESOURCE});
  CHECK(sentence(n) == "");
  n.memlock_charged = true;
  CHECK(sentence(n) == "locked memory is limited to 64 KiB; ulimit -l unlimited, or give it CAP_SYS_RESOURCE");
  n.capabilities = kAll;
  CHECK(sentence(n) == "");
}

TEST_CASE("a /proc without the kernel's files is what lacks, not what cannot be seen there") {
  Node n = good();
  n.procfs = Procfs::processes_only;
  n.xfrm_stat = n.kallsyms = false;
  CHECK(sentence(n) == "/proc shows processes only (subset=pid): neither the kernel's counters nor its symbols; "
                       "mount -t proc proc /proc; in a systemd unit, ProcSubset=all");
  CHECK(sentence(n, Purpose::probes) == sentence(n));
  CHECK(find(n, "xfrm_stat").grade == Requirement::Grade::warn);
  CHECK(find(n, "symbols").found == "not shown in this /proc");
  n.procfs = Procfs::absent;
  CHECK(sentence(n) == "/proc is not mounted; mount -t proc proc /proc");
}

TEST_CASE("limits that it cannot live with are told with what it needs, before anything is tried") {
  Node n = good();
  n.bpf_error = EMFILE;
  n.files = 256;
  CHECK(sentence(n) == "this process may open but 256 files, and needs 320; ulimit -n 320; in a systemd unit, "
                       "LimitNOFILE=");
  n = good();
  n.files = 320;
  n.address_space = 128u << 20;
  n.memory = MemoryLimit{"/sys/fs/cgroup/memory.max", 80u << 20};
  CHECK(sentence(n) == "");
  n.address_space = 100u << 20;
  CHECK(sentence(n) == "this process may have an address space of 100 MiB at most, and needs 128; ulimit -v unlimited; "
                       "in a systemd unit, LimitAS=");
  n = good();
  n.memory = MemoryLimit{"/sys/fs/cgroup/pod/memory.max", 48u << 20};
  CHECK(sentence(n) == "memory is limited to 48 MiB by /sys/fs/cgroup/pod/memory.max; it needs 80 MiB, and more for "
                       "many SAs; raise it (systemd: MemoryMax=; docker: --memory; Kubernetes: limits.memory)");
}

TEST_CASE("the limits of a cgroup and of all above it count, in both versions") {
  CHECK(memory_limit_files("0::/a.slice/b\n") == std::vector<std::string>{"/sys/fs/cgroup/a.slice/b/memory.max",
                                                                          "/sys/fs/cgroup/a.slice/memory.max",
                                                                          "/sys/fs/cgroup/memory.max"});
  CHECK(memory_limit_files("0::/\n") == std::vector<std::string>{"/sys/fs/cgroup/memory.max"});
  CHECK(memory_limit_files("9:cpu,memory:/x\n3:cpuset:/y\n0::/\n") ==
        std::vector<std::string>{"/sys/fs/cgroup/memory/x/memory.limit_in_bytes",
                                 "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory.max"});
  for (const char* broken : {"", "\n", "0", "0:", "0::", "0::x", ":", "memory"})
    CHECK(memory_limit_files(broken).empty());
}

TEST_CASE("what could not be tried is not called a failure of its own") {
  Node n = good();
  n.capabilities = 0;
  n.bpf_error = EPERM;
  n.probe = TestProbe{EACCES, 0};
  n.memlock_charged.reset();
  CHECK(find(n, "bpf").grade == Requirement::Grade::warn);
  CHECK(find(n, "memlock").grade == Requirement::Grade::warn);
  CHECK(find(n, "test-probe").found == "not tried: capabilities are missing");
}

TEST_CASE("a kernel that interprets BPF programs is told from one whose JIT is switched off") {
  Node n = good();
  n.compiles = true;
  CHECK(find(n, "jit").grade == Requirement::Grade::ok);
  n.compiles = false;
  CHECK(sentence(n).find("interprets BPF programs") != std::string::npos);
  CHECK(sentence(n).find("CONFIG_BPF_JIT=y") != std::string::npos);
  n.jit = 0;
  CHECK(sentence(n).find("net.core.bpf_jit_enable is 0") != std::string::npos);
}

TEST_CASE("a kernel without the function tracer does: its hooks are kprobes") {
  Node n = good();
  CHECK(sentence(n).empty());
  CHECK(find(n, "ftrace").found == "not in this kernel: all hooks are kprobes");
  n.procfs = Procfs::processes_only;
  CHECK(find(n, "ftrace").found == "not shown");
  n.ftrace = 1;
  CHECK(find(n, "ftrace").found == "kernel.ftrace_enabled is 1");
}
