// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What each thread may ask of the kernel and what not; in a child, since there is no way back. The arguments are such
// that without a filter a call fails for another reason, or does no harm.
#include "../../user/sys/procfs.hpp"
#include "../../user/sys/capabilities.hpp"
#include "../../user/sys/system_calls.hpp"
#include "emulated.hpp"
#include "in_child.hpp"

#include <array>
#include <atomic>
#include <climits>
#include <csignal>
#include <linux/sched.h>
#include <span>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <thread>

using namespace xs;

namespace {

struct Call {
  const char* name;
  long number;
  std::array<long, 4> arguments{-1, 0, 0, 0};
};

constexpr long kBad = CLONE_SIGHAND; // without CLONE_VM: EINVAL

// Nobody's work.
constexpr Call kNever[] = {
    {"execve", SYS_execve, {0}},
    {"execveat", SYS_execveat},
    {"ptrace", SYS_ptrace},
    {"process_vm_readv", SYS_process_vm_readv},
    {"process_vm_writev", SYS_process_vm_writev},
    {"kcmp", SYS_kcmp},
    {"kill", SYS_kill, {INT_MAX}},
    {"tgkill, of another process", SYS_tgkill, {INT_MAX, INT_MAX}},
    {"tkill", SYS_tkill, {INT_MAX}},
    {"init_module", SYS_init_module, {0}},
    {"finit_module", SYS_finit_module},
    {"delete_module", SYS_delete_module, {0}},
    {"kexec_load", SYS_kexec_load, {0, INT_MAX}},
    {"mount", SYS_mount, {0}},
    {"umount2", SYS_umount2, {0}},
    {"pivot_root", SYS_pivot_root, {0}},
    {"chroot", SYS_chroot, {0}},
    {"unshare, a user namespace", SYS_unshare, {CLONE_NEWUSER | 1}},
    {"unshare, a netns", SYS_unshare, {CLONE_NEWNET | 1}},
    {"clone, a mount namespace", SYS_clone, {CLONE_NEWNS | kBad}},
    {"clone, a cgroup namespace", SYS_clone, {CLONE_NEWCGROUP | kBad}},
    {"clone, a UTS namespace", SYS_clone, {CLONE_NEWUTS | kBad}},
    {"clone, an IPC namespace", SYS_clone, {CLONE_NEWIPC | kBad}},
    {"clone, a user namespace", SYS_clone, {CLONE_NEWUSER | kBad}},
    {"clone, a PID namespace", SYS_clone, {CLONE_NEWPID | kBad}},
    {"clone, a netns", SYS_clone, {CLONE_NEWNET | kBad}},
    {"setns, a user namespace", SYS_setns, {-1, CLONE_NEWUSER}},
    {"setns, of any kind", SYS_setns, {-1, 0}},
    {"add_key", SYS_add_key, {0}},
    {"request_key", SYS_request_key, {0}},
    {"keyctl", SYS_keyctl, {INT_MAX}},
    {"userfaultfd", SYS_userfaultfd},
    {"open_by_handle_at", SYS_open_by_handle_at},
    {"mknodat", SYS_mknodat, {-1}},
    {"fchown", SYS_fchown},
    {"fchownat", SYS_fchownat},
    {"setuid", SYS_setuid, {-1}},
    {"setfsuid", SYS_setfsuid, {-1}},
    {"clock_settime", SYS_clock_settime},
    {"settimeofday", SYS_settimeofday, {-1}},
    {"sethostname", SYS_sethostname, {0, -1}},
    {"reboot", SYS_reboot, {0}},
    {"acct", SYS_acct, {1}},
    {"swapon", SYS_swapon, {0}},
    {"socket, of packets", SYS_socket, {AF_PACKET, INT_MAX}},
    {"ioctl, keys into a terminal", SYS_ioctl, {-1, TIOCSTI}},
    {"prctl, another machine's personality", SYS_personality, {0xffffffff}},
    {"prctl, memory that others may read", SYS_prctl, {PR_SET_DUMPABLE, INT_MAX}},
    {"mmap, of a program", SYS_mmap, {0, 0, PROT_READ | PROT_EXEC, MAP_PRIVATE}},
    {"mprotect, of a program", SYS_mprotect, {1, 4096, PROT_READ | PROT_EXEC}},
};

// Younger ones, of which the same is true.
constexpr Call kNeverYoung[] = {
    {"io_uring_setup", SYS_io_uring_setup, {0}},
    {"io_uring_enter", SYS_io_uring_enter},
    {"io_uring_register", SYS_io_uring_register},
    {"open_tree", SYS_open_tree},
    {"move_mount", SYS_move_mount},
    {"fsopen", SYS_fsopen, {0}},
    {"fsconfig", SYS_fsconfig},
    {"fsmount", SYS_fsmount},
    {"fspick", SYS_fspick},
    {"mount_setattr", 442},
    {"pidfd_getfd", SYS_pidfd_getfd},
    {"clone3", SYS_clone3, {0}},
    {"pidfd_open", SYS_pidfd_open},
    {"process_madvise", 440},
    {"one that is not invented yet", 511},
};

constexpr Call kOnlyStart[] = {
    {"setresuid", SYS_setresuid, {-1, -1, -1}},
    {"setgroups", SYS_setgroups, {INT_MAX}},
    {"setpriority", SYS_setpriority, {INT_MAX}},
    {"prlimit64", SYS_prlimit64, {0, INT_MAX}},
    {"listen", SYS_listen},
    {"fchmod", SYS_fchmod},
    {"seccomp", SYS_seccomp},
    {"socket", SYS_socket, {AF_INET, INT_MAX}},
    {"prctl", SYS_prctl, {PR_CAPBSET_DROP, INT_MAX}},
};

constexpr Call kOnlyStartAndRun[] = {
    {"bpf", SYS_bpf, {INT_MAX}},
    {"perf_event_open", SYS_perf_event_open, {0}},
    {"setns", SYS_setns, {-1, CLONE_NEWNET}},
    {"capset", SYS_capset, {0}},
    {"sched_setscheduler", SYS_sched_setscheduler, {-1}},
    {"socket", SYS_socket, {AF_NETLINK, INT_MAX}},
    {"socket", SYS_socket, {AF_UNIX, INT_MAX}},
    {"clone", SYS_clone, {kBad}},
    {"openat", SYS_openat, {-1}},
    {"unlinkat", SYS_unlinkat},
    {"mkdirat", SYS_mkdirat},
    {"readlinkat", SYS_readlinkat},
    {"getdents64", SYS_getdents64},
};

constexpr Call kOnlyStartAndFront[] = {
    {"accept4", SYS_accept4}, {"shutdown", SYS_shutdown}, {"ioctl", SYS_ioctl, {-1, FIONREAD}}};

constexpr Call kAlways[] = {
    {"write", SYS_write},
    {"writev", SYS_writev},
#ifdef SYS_poll // arm64 has ppoll alone
    {"poll", SYS_poll, {0, 0, 0}},
#endif
    {"ppoll", SYS_ppoll, {0, 0, 1}}, // that is no time
    {"mprotect", SYS_mprotect, {1, 4096, PROT_READ}},
    {"epoll_ctl", SYS_epoll_ctl},
    {"sendto", SYS_sendto},
    {"ftruncate", SYS_ftruncate},
    {"ioctl", SYS_ioctl, {-1, TIOCGWINSZ}},
    {"timer_settime", SYS_timer_settime, {-1}},
    {"tgkill", SYS_tgkill, {0, 0, INT_MAX}}, // of this process
};

// 0: it was not made for another reason than a filter.
int refused(const Call& call) {
  const auto& [a, b, c, d] = call.arguments;
  const long first = call.number == SYS_tgkill && a == 0 ? getpid() : a;
  if (syscall(call.number, first, b, c, d, 0) != -1) return 0;
  return errno == EPERM || errno == ENOSYS ? errno : 0;
}

// The number of the first one, from 1, that does not end as expected; 0: all do.
int odd_one(std::span<const Call> calls, int expected) {
  for (size_t i = 0; i < calls.size(); i++)
    if (refused(calls[i]) != expected) return static_cast<int>(i) + 1;
  return 0;
}

void check(Work work, std::span<const Call> calls, int expected) {
  const int odd = in_child([&] { return allow_only(work) ? odd_one(calls, expected) : 255; });
  REQUIRE(odd != 255);
  if (!odd) return;
  CAPTURE(static_cast<int>(work));
  FAIL_CHECK(std::string(calls[static_cast<size_t>(odd - 1)].name), " ends otherwise than with errno ", expected);
}

constexpr Work kEach[] = {Work::start, Work::run, Work::front};

} // namespace

TEST_CASE("what is no thread's work is refused, with the words by which a C library finds another way" *
          doctest::skip(!has_seccomp())) {
  for (const Work work : kEach) {
    check(work, kNever, EPERM);
    check(work, kNeverYoung, ENOSYS);
  }
}

TEST_CASE("each thread has the calls that its work takes" * doctest::skip(!has_seccomp())) {
  for (const Work work : kEach)
    check(work, kAlways, 0);
  check(Work::start, kOnlyStart, 0);
  check(Work::run, kOnlyStart, EPERM);
  check(Work::front, kOnlyStart, EPERM);
  check(Work::start, kOnlyStartAndRun, 0);
  check(Work::run, kOnlyStartAndRun, 0);
  check(Work::front, kOnlyStartAndRun, EPERM);
  check(Work::start, kOnlyStartAndFront, 0);
  check(Work::run, kOnlyStartAndFront, EPERM);
  check(Work::front, kOnlyStartAndFront, 0);
}

TEST_CASE("a filter for all threads reaches those that are there, and they can add their own" *
          doctest::skip(!has_seccomp())) {
  const int failed = in_child([] {
    std::atomic<int> stage = 0;
    std::atomic<int> inside = 0;
    std::thread earlier([&] {
      stage = 1;
      while (stage != 2)
        std::this_thread::yield();
      if (odd_one(kNever, EPERM) || odd_one(kOnlyStart, 0)) inside = 2;
      if (!allow_only(Work::front)) inside = 3;
      if (odd_one(kOnlyStartAndRun, EPERM)) inside = 4;
    });
    while (stage != 1)
      std::this_thread::yield();
    const bool done = allow_only_in_all_threads(Work::start).has_value();
    stage = 2;
    earlier.join();
    if (!done || inside) return done ? inside.load() : 1;
    if (odd_one(kOnlyStartAndRun, 0)) return 5;
    const auto status = read_file("/proc/self/status");
    if (!status || !filtered_by_seccomp(*status)) return 6;
    return status_field(*status, "NoNewPrivs") == "1" ? 0 : 7;
  });
  CHECK(failed == 0);
}

TEST_CASE("that another thread has a filter of its own is told, and no thread gets the new one" *
          doctest::skip(!has_seccomp())) {
  const int failed = in_child([] {
    std::atomic<int> stage = 0;
    std::thread own([&] {
      stage = allow_only(Work::front) ? 1 : 3;
      while (stage == 1)
        std::this_thread::yield();
    });
    while (stage == 0)
      std::this_thread::yield();
    const Status done = allow_only_in_all_threads(Work::start);
    stage = 2;
    own.join();
    if (done) return 1;
    if (done.error().text != "cannot install the seccomp filter in all threads: one has a filter of its own") return 2;
    return odd_one(kNever, EPERM) ? 0 : 3;
  });
  CHECK(failed == 0);
}

TEST_CASE("behind its filter a thread of the run starts threads and processes, allocates, throws and reads files" *
          doctest::skip(!has_seccomp())) {
  const int failed = in_child([] {
    if (!allow_only(Work::run)) return 1;
    int inside = 0;
    std::thread([&] {
      try {
        inside = std::string(10'000'000, 'x').at(20'000'000);
      } catch (const std::out_of_range&) {
        inside = read_file("/proc/self/status") ? 0 : 2;
      }
    }).join();
    return inside ? inside : in_child([] { return 0; });
  });
  CHECK(failed == 0);
}

TEST_CASE("abort still ends the process by its signal" * doctest::skip(!has_seccomp())) {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    if (!allow_only(Work::front)) _exit(1);
    std::abort();
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
}
