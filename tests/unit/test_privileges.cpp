// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a process can no longer do once it has dropped its privileges; in a child, since that is irreversible.
#include "../../user/sys/privileges.hpp"
#include "../../user/sys/procfs.hpp"
#include "in_child.hpp"

#include <doctest/doctest.h>

#include <future>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

using namespace xs;

TEST_CASE("a thread that gives up all has no capability and is root no more; the others stay as they were") {
  const auto before = effective_capabilities(*read_file("/proc/self/status"));
  REQUIRE(before);
  const bool may_change = geteuid() == 0 && has(*before, CAP_SETUID) && has(*before, CAP_SETGID);
  const int failed = in_child([&] {
    int inside = 0;
    std::thread([&] {
      if (!give_up_all()) inside = 1;
      const std::string status = *read_file("/proc/thread-self/status");
      if (effective_capabilities(status) != Capabilities{0}) inside = 2;
      if (status_field(status, "CapPrm") != "0000000000000000") inside = 3;
      if (may_change && (syscall(SYS_geteuid) != kNobodyElse || syscall(SYS_getegid) != kNobodyElse)) inside = 4;
      if (may_change && (syscall(SYS_setresuid, 0, 0, 0) != -1 || errno != EPERM)) inside = 5;
    }).join();
    if (inside) return inside;
    return effective_capabilities(*read_file("/proc/thread-self/status")) == before ? 0 : 6;
  });
  CHECK(failed == 0);
}

TEST_CASE("capabilities that are not kept are gone, those that are not held are not gained") {
  const auto before = effective_capabilities(*read_file("/proc/self/status"));
  REQUIRE(before);
  const Capabilities keep = capabilities_of_a_run(~Capabilities{0});
  const int failed = in_child([&] {
    if (!keep_capabilities(keep)) return 1;
    const auto after = effective_capabilities(*read_file("/proc/thread-self/status"));
    return after && *after == (*before & keep) ? 0 : 2;
  });
  CHECK(failed == 0);
  CHECK_FALSE(has(keep, CAP_SYS_MODULE));
  CHECK_FALSE(has(keep, CAP_NET_RAW));
  CHECK_FALSE(has(keep, CAP_SETUID));
  CHECK_FALSE(has(keep, CAP_SYS_ADMIN));
  CHECK(has(keep, CAP_BPF));
}

TEST_CASE("where CAP_SYS_ADMIN stands for others, it is no reserve") {
  const Capabilities all = ~Capabilities{0};
  CHECK_FALSE(has(capabilities_of_a_run(all), CAP_SYS_ADMIN));
  for (const unsigned lacking : {CAP_BPF, CAP_PERFMON})
    CHECK(has(capabilities_of_a_run(all & ~(Capabilities{1} << lacking)), CAP_SYS_ADMIN));
}

TEST_CASE("capabilities in reserve take effect while they are used, also in threads that are started then") {
  const auto before = effective_capabilities(*read_file("/proc/self/status"));
  REQUIRE(before);
  const Capabilities keep = capabilities_of_a_run(~Capabilities{0}), reserve = capabilities_in_reserve();
  const auto effective = [] { return effective_capabilities(*read_file("/proc/thread-self/status")); };
  const int failed = in_child([&] {
    if (!keep_capabilities(keep, reserve) || effective() != (*before & keep)) return 1;
    {
      const ReserveInUse all;
      const ReserveInUse nested; // ends first, and changes nothing
      if (std::async(std::launch::async, effective).get() != (*before & (keep | reserve))) return 2;
    }
    return effective() == (*before & keep) ? 0 : 3;
  });
  CHECK(failed == 0);
}
