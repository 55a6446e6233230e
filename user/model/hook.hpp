// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A hook of the mirror: the kernel function that it is on, and how it is attached.
#pragma once

#include <cstdint>

namespace xs {

enum class MirrorPart : uint8_t { xfrm, tc, netns };

// A hook of bpf/*_hooks.bpf.h: programs f_NAME (fentry, fexit), k_NAME (kprobe, kretprobe) and s_NAME (the kprobe that
// stashes a parameter for k_NAME); not every hook has all of them.
struct HookSpec {
  enum class At : uint8_t { entry, exit };
  const char* name;
  const char* function;
  const char* module = nullptr; // nullptr: built in
  At at;
  bool probed = false;                // there is no f_NAME: called seldom and only by processes, or in many places
  bool needed = true;                 // false: older kernels lack the function
  const char* watches;                // "states that are made"
  MirrorPart part = MirrorPart::xfrm; // the part of the mirror that it keeps
  bool locked = false;                // the function runs under a spinlock
  bool crowded = false;               // many calls may be in flight: a kretprobe has room for two, a link for many
  const char* instead = nullptr; // hooked if `function` was inlined: called after it, with the same first parameter
  const char* lost = nullptr;    // what goes unseen without the hook, if less than it watches
  const char* without = nullptr; // hooked only if this function was inlined; nullptr: always
  const char* program = nullptr; // the name of its programs if it is not `name`
};

enum class AttachKind : uint8_t {
  fentry,
  fexit,
  kprobe,
  kretprobe,
  later,  // its module is not loaded: a kprobe is attached when it is
  absent, // this kernel lacks the function, and needs no hook
  missing // the function cannot be found: the mirror is incomplete
};

// "fentry", "kprobe", ...; nullptr: none (yet).
const char* attach_kind_name(AttachKind way);

struct Hook {
  const HookSpec* spec;
  AttachKind way;
  uint64_t address = 0;  // of the function, for kprobes
  bool linked = false;   // one link can attach its kprobe together with others
  bool built_in = false; // its module is part of the kernel's image
  bool instead = false;  // the hook is on `spec->instead`
  // The hooked function, and its module; nullptr: the kernel's image.
  const char* function() const { return instead ? spec->instead : spec->function; }
  const char* module() const { return built_in ? nullptr : spec->module; }
};

} // namespace xs
