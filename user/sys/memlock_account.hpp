// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The account that the kernel charges for the memory of maps and programs.
#pragma once

#include <optional>
#include <sys/types.h>

namespace xs {

// Before Linux 5.11 that memory counts against the RLIMIT_MEMLOCK of all processes of the real user: other programs of
// root (`ip vrf exec`) could no longer load theirs. While this lives, the real user is one that no other process has;
// the effective user and capabilities stay. If that is not permitted, nothing changes.
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
