// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// seccomp filters: the kernel does for a thread what its work takes, and nothing else.
#pragma once

#include "result.hpp"

namespace xs {

// Whose work: the start's, by whatever thread; that of the thread that follows the kernel, once every probe is set; and
// that of those who print, write files and serve numbers, which open no file, and make no socket, thread or process.
enum class Work { start, run, front };

// From now on this thread, and those that it starts, have of the system calls those that the work takes, and get no new
// privileges through exec. Filters add up: what one refuses no later one allows. A call that is refused fails with
// EPERM; with ENOSYS where it is younger than Linux 5.1, so that a C library goes on with the older one.
Status allow_only(Work work);
// The same for all threads at once; each has to have the filters that this one has, or none.
Status allow_only_in_all_threads(Work work);

} // namespace xs
