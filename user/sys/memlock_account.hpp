// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Whom the kernel charges for the memory of maps and programs.
#pragma once

#include <optional>
#include <sys/types.h>

namespace xs {

// Before Linux 5.11 it counts against the RLIMIT_MEMLOCK of all processes of the real user that loads them: root's
// other programs (`ip vrf exec`) could load none of their own any more. While this lives, the real user is one of no
// other process; effective user and capabilities stay. Where that is not permitted, nothing changes.
class MemlockAccount {
public:
  explicit MemlockAccount(bool apart); // false: changes nothing
  ~MemlockAccount();
  MemlockAccount(const MemlockAccount&) = delete;
  MemlockAccount& operator=(const MemlockAccount&) = delete;

private:
  std::optional<uid_t> before_;
};

} // namespace xs
