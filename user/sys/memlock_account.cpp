// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Changes the real user, and changes it back.
#include "memlock_account.hpp"

#include <unistd.h>

namespace xs {
namespace {

constexpr uid_t kNobodyElse = 64815; // of no system user, and of no range that is handed out
constexpr uid_t kSame = static_cast<uid_t>(-1);

} // namespace

MemlockAccount::MemlockAccount() : before_(getuid()) {
  if (setresuid(kNobodyElse, kSame, kSame)) before_ = kSame;
}

MemlockAccount::~MemlockAccount() {
  if (setresuid(before_, kSame, kSame)) _exit(1); // back to what it was is always permitted
}

} // namespace xs
