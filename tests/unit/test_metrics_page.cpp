// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The server of the page, if its thread cannot drop its privileges.
#include "../../user/cli/metrics_page.hpp"
#include "in_child.hpp"

#include <fcntl.h>
#include <sched.h>

using namespace xs;

namespace {

// This process goes on as root of a namespace that has no other user.
bool only_root_is_left() {
  if (unshare(CLONE_NEWUSER)) return false;
  const Fd map(open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC)),
      groups(open("/proc/self/gid_map", O_WRONLY | O_CLOEXEC));
  return write(map.get(), "0 0 1", 5) == 5 && write(groups.get(), "0 0 1", 5) == 5;
}

// Asked before any test runs: where it is not so, the test counts as skipped.
bool can_have_only_root() {
  const pid_t child = fork();
  if (child == 0) _exit(only_root_is_left() ? 0 : 1);
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace

TEST_CASE("numbers are not served where the server's thread has to stay root, and it says so" *
          doctest::skip(!can_have_only_root())) { // not root, or no user namespaces here
  constexpr int kUnable = 77;
  CHECK(in_child([] {
          if (!only_root_is_left()) return kUnable;
          const auto page = MetricsPage::open("127.0.0.1:0");
          if (page) return 1;
          return page.error().text ==
                         "will not serve 127.0.0.1:0 with more privileges than that needs: cannot give up "
                         "the user root: Invalid argument; let it call setresuid, or take CAP_SETUID from it"
                     ? 0
                     : 2;
        }) == 0);
}
