// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a test cannot ask for where qemu-user, which has neither, stands between it and the kernel.
#pragma once

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

inline bool has_seccomp() {
  return prctl(PR_GET_SECCOMP) >= 0;
}

inline bool tells_namespaces() {
  const int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  const bool tells = fd >= 0 && ioctl(fd, NS_GET_NSTYPE) >= 0;
  close(fd);
  return tells;
}
