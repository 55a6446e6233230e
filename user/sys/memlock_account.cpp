// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Changes the real user id, and restores it.
#include "memlock_account.hpp"
#include "privileges.hpp"

#include <sys/syscall.h>
#include <unistd.h>

namespace xs {
namespace {

constexpr uid_t kSame = static_cast<uid_t>(-1);

// For this thread only: the C library's function changes all threads, and ends the process if one of them may not.
bool set_real_user(uid_t user) {
  return syscall(SYS_setresuid, user, kSame, kSame) == 0;
}

} // namespace

MemlockAccount::MemlockAccount(bool apart) {
  const uid_t own = getuid();
  if (apart && set_real_user(kNobodyElse)) before_ = own;
}

MemlockAccount::~MemlockAccount() {
  if (before_ && !set_real_user(*before_)) _exit(1); // restoring it is always permitted
}

} // namespace xs
