// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Drops capabilities and user ids.
#include "privileges.hpp"

#include <linux/capability.h>
#include <span>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace xs {
namespace {

constexpr unsigned kKept[] = {CAP_BPF, CAP_PERFMON, CAP_SYSLOG, CAP_SYS_PTRACE};
constexpr unsigned kReserve[] = {CAP_NET_ADMIN, CAP_SYS_ADMIN};

// Drops from the bounding set, so that no exec regains them; that needs CAP_SETPCAP.
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

// The sets of this thread. The kernel has two halves of each: capabilities 0 to 31, and the rest.
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

// Uses system calls, since the C library's functions change all threads.
static Status give_up_user() {
  const Capabilities held = held_capabilities();
  if (geteuid() != 0 || !has(held, CAP_SETUID) || !has(held, CAP_SETGID)) return {};
  const uid_t to = kNobodyElse;
  if (syscall(SYS_setgroups, 0, nullptr) || syscall(SYS_setresgid, to, to, to) || syscall(SYS_setresuid, to, to, to))
    return fail("cannot give up the user root: {}; let it call setresuid, or take CAP_SETUID from it", errno_text());
  return {};
}

Status give_up_all() {
  bound(0); // while it still may
  const Status user = give_up_user(), capabilities = keep_capabilities(0);
  return capabilities ? user : capabilities;
}

} // namespace xs
