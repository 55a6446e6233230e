// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The main command: starts the run in a thread of its own, and prints its output in this one.
#include "commands.hpp"
#include "run.hpp"
#include "stop.hpp"

#include <bpf/libbpf.h>
#include <malloc.h>
#include <new>
#include <optional>
#include <system_error>
#include <thread>

namespace xs {
namespace {

int silent(enum libbpf_print_level, const char*, va_list) {
  return 0;
}

} // namespace

std::string sentence_of(const std::exception& e) {
  if (dynamic_cast<const std::bad_alloc*>(&e))
    return "out of memory; ulimit -v and the memory limit of its cgroup bound it";
  if (dynamic_cast<const std::system_error*>(&e))
    return fmt::format("cannot start a thread: {}; ulimit -u, ulimit -v and pids.max of its cgroup bound them",
                       e.what());
  return e.what();
}

void quiet_libbpf(const Options& options) {
  if (!options.verbose) libbpf_set_print(silent);
}

// All threads share one heap: memory freed by one is reused by the others, and most of what the start needed is
// returned to the kernel.
int run_trace(const Options& options) {
  quiet_libbpf(options);
  mallopt(M_ARENA_MAX, 1);
  Stop stop;
  Frontend front(options, stop);
  Mailbox to_front([&] { return stop.asked(); });
  int code = 1;
  {
    const auto work = [&] {
      try {
        code = Run(options, stop, front, to_front).run();
      } catch (const std::exception& e) {
        to_front.put([&front, why = sentence_of(e)] { front.warn(why); });
      }
      to_front.close();
    };
    std::optional<Stop::Mask> mask(std::in_place);
    const std::jthread run(work);
    mask.reset();
    to_front.serve(std::chrono::milliseconds(100), [&] { front.tick(); });
  }
  return std::max(code, front.exit_code());
}

} // namespace xs
