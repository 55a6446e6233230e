// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Names the ways to set a hook.
#include "hook.hpp"

namespace xs {

const char* hook_way_name(HookWay way) {
  switch (way) {
  case HookWay::fentry:
    return "fentry";
  case HookWay::fexit:
    return "fexit";
  case HookWay::kprobe:
    return "kprobe";
  case HookWay::kretprobe:
    return "kretprobe";
  default:
    return nullptr;
  }
}

} // namespace xs
