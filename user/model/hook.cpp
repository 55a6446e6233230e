// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Names the kinds of attaching a hook.
#include "hook.hpp"

namespace xs {

const char* attach_kind_name(AttachKind way) {
  switch (way) {
  case AttachKind::fentry:
    return "fentry";
  case AttachKind::fexit:
    return "fexit";
  case AttachKind::kprobe:
    return "kprobe";
  case AttachKind::kretprobe:
    return "kretprobe";
  default:
    return nullptr;
  }
}

} // namespace xs
