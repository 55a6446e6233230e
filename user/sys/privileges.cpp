// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Drops capabilities, and installs a seccomp filter.
#include "privileges.hpp"
#include "procfs.hpp"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <span>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace xs {
namespace {

constexpr unsigned kKept[] = {CAP_BPF, CAP_PERFMON, CAP_SYSLOG, CAP_SYS_PTRACE};
constexpr unsigned kReserve[] = {CAP_NET_ADMIN, CAP_SYS_ADMIN};

constexpr uint32_t kRefused[] = {SYS_execve,
                                 SYS_execveat,
                                 SYS_fork,
                                 SYS_vfork,
                                 SYS_ptrace,
                                 SYS_init_module,
                                 SYS_finit_module,
                                 SYS_delete_module,
                                 SYS_kexec_load,
                                 SYS_kexec_file_load,
                                 SYS_mount,
                                 SYS_umount2,
                                 SYS_move_mount,
                                 SYS_open_tree,
                                 SYS_fsopen,
                                 SYS_fsmount,
                                 SYS_pivot_root,
                                 SYS_chroot,
                                 SYS_swapon,
                                 SYS_swapoff,
                                 SYS_reboot,
                                 SYS_setuid,
                                 SYS_setgid,
                                 SYS_setreuid,
                                 SYS_setregid,
                                 SYS_setresuid,
                                 SYS_setresgid,
                                 SYS_setgroups,
                                 SYS_setfsuid,
                                 SYS_setfsgid,
                                 SYS_settimeofday,
                                 SYS_clock_settime,
                                 SYS_adjtimex,
                                 SYS_clock_adjtime,
                                 SYS_sethostname,
                                 SYS_setdomainname,
                                 SYS_iopl,
                                 SYS_ioperm,
                                 SYS_acct,
                                 SYS_quotactl,
                                 SYS_add_key,
                                 SYS_request_key,
                                 SYS_keyctl,
                                 SYS_process_vm_readv,
                                 SYS_process_vm_writev,
                                 SYS_userfaultfd,
                                 SYS_mknod,
                                 SYS_mknodat,
                                 SYS_chown,
                                 SYS_fchown,
                                 SYS_lchown,
                                 SYS_fchownat,
                                 SYS_open_by_handle_at};

sock_filter statement(uint16_t code, uint32_t k) {
  return {code, 0, 0, k};
}

sock_filter if_equal(uint32_t k, uint8_t then, uint8_t otherwise) {
  return {BPF_JMP | BPF_JEQ | BPF_K, then, otherwise, k};
}

constexpr uint32_t kPrivileged[] = {SYS_bpf,         SYS_perf_event_open,    SYS_setns,         SYS_unshare, SYS_capset,
                                    SYS_setpriority, SYS_sched_setscheduler, SYS_sched_setattr, SYS_socket};

// Calls of another architecture's numbers, and those of x32, are refused as a whole.
std::vector<sock_filter> refusing(std::span<const uint32_t> calls) {
  constexpr uint32_t kX32 = 0x40000000;
  const sock_filter refuse = statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  std::vector<sock_filter> out{statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
                               if_equal(AUDIT_ARCH_X86_64, 1, 0),
                               refuse,
                               statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                               {BPF_JMP | BPF_JGE | BPF_K, 0, 1, kX32},
                               refuse};
  for (const uint32_t call : calls) {
    out.push_back(if_equal(call, 0, 1));
    out.push_back(refuse);
  }
  out.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return out;
}

Status install(const std::vector<sock_filter>& filter, unsigned flags) {
  const sock_fprog program{static_cast<unsigned short>(filter.size()), const_cast<sock_filter*>(filter.data())};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program))
    return fail("cannot install the seccomp filter: {}", errno_text());
  return {};
}

// The bounding set keeps a program that is started from getting them; dropping from it needs CAP_SETPCAP.
void bound(Capabilities keep) {
  for (unsigned c = 0; prctl(PR_CAPBSET_READ, c) >= 0; c++)
    if (!has(keep, c)) prctl(PR_CAPBSET_DROP, c);
}

Capabilities set_of(std::span<const unsigned> numbers) {
  Capabilities out = 0;
  for (const unsigned c : numbers)
    out |= Capabilities{1} << c;
  return out;
}

// This thread's. Of each set the kernel has two halves: capabilities 0 to 31, and the rest.
struct Sets {
  Capabilities permitted = 0, effective = 0;

  static std::optional<Sets> read();
  bool write() const;
};

std::optional<Sets> Sets::read() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct half[2]{};
  if (syscall(SYS_capget, &header, half)) return {};
  return Sets{Capabilities{half[1].permitted} << 32 | half[0].permitted,
              Capabilities{half[1].effective} << 32 | half[0].effective};
}

bool Sets::write() const {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct half[2]{};
  for (unsigned i = 0; i < 2; i++) {
    half[i].permitted = static_cast<uint32_t>(permitted >> 32 * i);
    half[i].effective = static_cast<uint32_t>(effective >> 32 * i);
  }
  return syscall(SYS_capset, &header, half) == 0;
}

} // namespace

Capabilities capabilities_of_a_run(Capabilities held) {
  const Capabilities kept = set_of(kKept);
  return has(held, CAP_BPF) && has(held, CAP_PERFMON) ? kept : kept | Capabilities{1} << CAP_SYS_ADMIN;
}

Capabilities capabilities_in_reserve() {
  return set_of(kReserve);
}

Capabilities held_capabilities() {
  const auto held = Sets::read();
  return held ? held->permitted : 0;
}

Status keep_capabilities(Capabilities keep, Capabilities reserve) {
  bound(keep | reserve);
  const auto held = Sets::read();
  if (!held) return fail("cannot read this process' capabilities: {}", errno_text());
  const Sets kept{held->permitted & (keep | reserve), held->effective & keep};
  if (!kept.write()) return fail("cannot drop capabilities: {}", errno_text());
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  return {};
}

ReserveInUse::ReserveInUse() {
  const auto held = Sets::read();
  if (held && held->effective != held->permitted && Sets{held->permitted, held->permitted}.write())
    before_ = held->effective;
}

ReserveInUse::~ReserveInUse() {
  const auto held = before_ ? Sets::read() : std::nullopt;
  if (held) Sets{held->permitted, held->permitted & *before_}.write();
}

// The system calls themselves: the C library's functions change all threads.
static Status give_up_user() {
  const Capabilities held = held_capabilities();
  if (geteuid() != 0 || !has(held, CAP_SETUID) || !has(held, CAP_SETGID)) return {};
  const uid_t to = kNobodyElse;
  if (syscall(SYS_setgroups, 0, nullptr) || syscall(SYS_setresgid, to, to, to) || syscall(SYS_setresuid, to, to, to))
    return fail("cannot give up the user root: {}; let it call setresuid, or take CAP_SETUID from it", errno_text());
  return {};
}

Status give_up_all() {
  bound(0); // as long as it may
  const Status user = give_up_user(), capabilities = keep_capabilities(0);
  return capabilities ? user : capabilities;
}

Status restrict_system_calls() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return fail("cannot give up new privileges: {}", errno_text());
  return install(refusing(kRefused), SECCOMP_FILTER_FLAG_TSYNC);
}

Status refuse_privileged_calls() {
  return install(refusing(kPrivileged), 0);
}

} // namespace xs
