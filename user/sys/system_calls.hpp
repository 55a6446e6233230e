// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// seccomp filters that allow a thread only the system calls of its work.
#pragma once

#include "result.hpp"

namespace xs {

// start: what any thread does during the start. run: the thread that follows the kernel, once every probe is attached.
// front: the threads that print, write files and serve metrics; they open no file, socket, thread or process.
enum class Work { start, run, front };

// From now on this thread, and threads that it starts, can make only the system calls of that work, and gain no
// privileges through exec. Filters add up: a later one cannot allow what an earlier one refuses. A refused call fails
// with EPERM, or with ENOSYS if it is newer than Linux 5.1, so that the C library falls back to an older one.
Status allow_only(Work work);
// The same for all threads at once; each must have the same filters as this one, or none.
Status allow_only_in_all_threads(Work work);

} // namespace xs
