// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Sets /sys/kernel/rcu_expedited, and sets it back.
#include "expedite.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace xs {

ExpeditedGracePeriods::ExpeditedGracePeriods() {
  Fd file(open("/sys/kernel/rcu_expedited", O_RDWR | O_CLOEXEC));
  char now = 0;
  if (file && pread(file.get(), &now, 1, 0) == 1 && now == '0' && pwrite(file.get(), "1", 1, 0) == 1)
    file_ = std::move(file);
}

ExpeditedGracePeriods::~ExpeditedGracePeriods() {
  if (file_) (void)!pwrite(file_.get(), "0", 1, 0);
}

} // namespace xs
