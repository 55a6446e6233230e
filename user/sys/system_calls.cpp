// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Lists the system calls that each kind of work needs, from which libseccomp makes the filters.
#include "system_calls.hpp"

#include <array>
#include <linux/nsfs.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <memory>
#include <seccomp.h>
#include <set>
#include <span>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace xs {
namespace {

// Includes what older and newer C libraries call for the same purpose.
constexpr const char* kAll[] = {
    // memory, threads, time, signals
    "brk", "munmap", "mremap", "madvise", "futex", "set_robust_list", "rseq", "membarrier", "sched_yield",
    "sched_getaffinity", "getcpu", "sysinfo", "getrandom", "getpid", "gettid", "clock_gettime", "clock_getres",
    "gettimeofday", "time", "nanosleep", "clock_nanosleep", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
    "sigaltstack", "restart_syscall", "timer_settime", "timer_delete", "exit", "exit_group",
    // open files and sockets
    "read", "readv", "pread64", "write", "writev", "pwrite64", "lseek", "fstat", "newfstatat", "ftruncate", "close",
    "fcntl", "poll", "ppoll", "epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl", "recvfrom", "recvmsg", "sendto",
    "sendmsg", "getsockopt", "setsockopt", "getsockname",
    // sanitizers write into a pipe to find out whether memory is readable
    "pipe", "pipe2"};

constexpr const char* kFront[] = {"accept", "accept4", "shutdown", "getpeername"};

// BPF, probes, namespaces, netlink, files; and the child that restores the kernel's switches.
constexpr const char* kRun[] = {
    // BPF, probes, namespaces, netlink
    "bpf", "perf_event_open", "epoll_create1", "eventfd2", "bind", "connect", "capget", "capset", "sched_setscheduler",
    "sched_getscheduler", "getuid", "geteuid", "getgid", "getegid", "getppid", "uname",
    // files
    "open", "openat", "stat", "lstat", "statx", "statfs", "fstatfs", "access", "faccessat", "faccessat2", "getdents64",
    "readlink", "readlinkat", "mkdir", "mkdirat", "unlink", "unlinkat", "rmdir", "flock",
    // the child
    "dup", "dup2", "dup3", "close_range", "setsid", "wait4"};

// Changing users, limits and priorities; the listening server.
constexpr const char* kStart[] = {"setresuid", "setresgid", "setgroups",    "setpriority",  "getpriority",
                                  "listen",    "fchmod",    "memfd_create", "timer_create", "seccomp"};

struct Condition {
  const char* call;
  scmp_arg_cmp of;
};

// Compares 32 bits, as the kernel does with these arguments.
constexpr Condition if_equal(const char* call, unsigned argument, uint64_t value) {
  return {call, {argument, SCMP_CMP_MASKED_EQ, 0xffffffff, value}};
}

constexpr Condition if_none_of(const char* call, unsigned argument, uint64_t bits) {
  return {call, {argument, SCMP_CMP_MASKED_EQ, bits, 0}};
}

// ioctl: the width of the terminal.
constexpr Condition kAllIf[] = {if_none_of("mmap", 2, PROT_EXEC), if_none_of("mprotect", 2, PROT_EXEC),
                                if_equal("ioctl", 1, TCGETS), if_equal("ioctl", 1, TIOCGWINSZ)};

// ioctl: libevent asks how much can be read.
constexpr Condition kFrontIf[] = {if_equal("ioctl", 1, FIONREAD)};

// No namespace is created, and only network namespaces are entered. The C library lists devices by SIOCGIF... .
constexpr Condition kRunIf[] = {if_none_of("clone", 0,
                                           CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                               CLONE_NEWPID | CLONE_NEWNET),
                                if_equal("setns", 1, CLONE_NEWNET),
                                if_equal("socket", 0, AF_NETLINK),
                                if_equal("socket", 0, AF_UNIX),
                                if_equal("prctl", 0, PR_SET_NAME),
                                if_equal("ioctl", 1, PERF_EVENT_IOC_SET_BPF),
                                if_equal("ioctl", 1, PERF_EVENT_IOC_ENABLE),
                                if_equal("ioctl", 1, PERF_EVENT_IOC_DISABLE),
                                if_equal("ioctl", 1, NS_GET_NSTYPE),
                                if_equal("ioctl", 1, SIOCGIFINDEX),
                                if_equal("ioctl", 1, SIOCGIFNAME)};

constexpr Condition kStartIf[] = {if_equal("prlimit64", 0, 0), // only of this process
                                  if_equal("socket", 0, AF_INET),        if_equal("socket", 0, AF_INET6),
                                  if_equal("prctl", 0, PR_CAPBSET_READ), if_equal("prctl", 0, PR_CAPBSET_DROP),
                                  if_equal("prctl", 0, PR_CAP_AMBIENT),  if_equal("prctl", 0, PR_SET_NO_NEW_PRIVS)};

constexpr uint32_t kRefuse = SCMP_ACT_ERRNO(EPERM), kUnknown = SCMP_ACT_ERRNO(ENOSYS);

class Filter {
public:
  Filter();
  void allow(std::span<const char* const> calls);
  void allow(std::span<const Condition> conditions);
  void allow_abort();
  void disown_young_calls();
  Status install(bool in_all_threads);

private:
  const std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
  std::set<int> allowed_;
  int error_ = 0; // the first one

  void note(int result) {
    if (result < 0 && !error_) error_ = -result;
  }
  void set(scmp_filter_attr attribute, uint32_t value) { note(seccomp_attr_set(context_.get(), attribute, value)); }
  void add(uint32_t action, const char* call, std::span<const scmp_arg_cmp> conditions);
};

// Also refuses calls of other architectures and of x32, which by default would end the process.
Filter::Filter() : context_(seccomp_init(kRefuse), seccomp_release) {
  constexpr uint32_t kBinaryTree = 2;
  if (!context_) error_ = ENOMEM;
  set(SCMP_FLTATR_ACT_BADARCH, kRefuse);
  set(SCMP_FLTATR_CTL_OPTIMIZE, kBinaryTree);
  set(SCMP_FLTATR_API_SYSRAWRC, 1);
}

// Skips a call that this architecture lacks or that this libseccomp does not know.
void Filter::add(uint32_t action, const char* call, std::span<const scmp_arg_cmp> conditions) {
  const int number = seccomp_syscall_resolve_name(call);
  if (number < 0) return;
  allowed_.insert(number);
  note(seccomp_rule_add_array(context_.get(), action, number, static_cast<unsigned>(conditions.size()),
                              conditions.data()));
}

void Filter::allow(std::span<const char* const> calls) {
  for (const char* call : calls)
    add(SCMP_ACT_ALLOW, call, {});
}

void Filter::allow(std::span<const Condition> conditions) {
  for (const Condition& one : conditions)
    add(SCMP_ACT_ALLOW, one.call, {&one.of, 1});
}

// abort() sends a signal to this process.
void Filter::allow_abort() {
  allow(std::array{if_equal("tgkill", 0, static_cast<uint64_t>(getpid()))});
}

// Answers newer calls with ENOSYS, so that the C library falls back to older ones. From kFirst on all architectures use
// the same numbers.
void Filter::disown_young_calls() {
  constexpr int kFirst = 424, kEnd = 512; // Linux 5.1; the first number of x32
  for (int number = kFirst; number < kEnd; number++)
    if (!allowed_.contains(number)) note(seccomp_rule_add_array(context_.get(), kUnknown, number, 0, nullptr));
}

Status Filter::install(bool in_all_threads) {
  set(SCMP_FLTATR_CTL_TSYNC, in_all_threads);
  if (!error_) note(seccomp_load(context_.get()));
  if (error_ == ESRCH) return fail("cannot install the seccomp filter in all threads: one has a filter of its own");
  if (error_ == EOPNOTSUPP || error_ == EINVAL || error_ == ENOSYS)
    return fail("goes on without a seccomp filter: this kernel has none, or a sandbox does not let it make one");
  if (error_) return fail("cannot install the seccomp filter: {}", errno_text(error_));
  return {};
}

Status install(Work work, bool in_all_threads) {
  Filter filter;
  filter.allow(kAll);
  filter.allow(kAllIf);
  filter.allow_abort();
  if (work != Work::run) {
    filter.allow(kFront);
    filter.allow(kFrontIf);
  }
  if (work != Work::front) {
    filter.allow(kRun);
    filter.allow(kRunIf);
  }
  if (work == Work::start) {
    filter.allow(kStart);
    filter.allow(kStartIf);
  }
  filter.disown_young_calls();
  return filter.install(in_all_threads);
}

} // namespace

Status allow_only(Work work) {
  return install(work, false);
}

Status allow_only_in_all_threads(Work work) {
  return install(work, true);
}

} // namespace xs
