// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A hook of the mirror: which function of the kernel it watches, and how it is set.
#pragma once

#include <cstdint>

namespace xs {

enum class MirrorPart : uint8_t { xfrm, tc, netns };

// A hook of bpf/state_hooks.bpf.h, policy_hooks.bpf.h, tc_hooks.bpf.h or tcx_hooks.bpf.h: programs f_NAME (fentry,
// fexit), k_NAME (kprobe, kretprobe), s_NAME (the kprobe that keeps a parameter for k_NAME; not every hook has one).
struct HookSpec {
  enum class At : uint8_t { entry, exit };
  const char* name;
  const char* function;
  const char* module; // nullptr: built in
  At at;
  bool probed;                        // called by processes alone and seldom, or wide: there is no f_NAME
  bool needed;                        // false: older kernels do without the function
  const char* watches;                // "states that are made"
  MirrorPart part = MirrorPart::xfrm; // that it keeps
  bool locked = false;                // it runs under a spinlock
  bool crowded = false;               // many calls may be under way: a kretprobe has room for two, a link for many
  // Where the compiler has inlined `function`: what is called after it, with the same first parameter; nullptr:
  // nothing.
  const char* instead = nullptr;
  const char* lost = nullptr;    // what goes unseen without it, where that is less than it watches
  const char* without = nullptr; // it is set only where the compiler has inlined this function; nullptr: everywhere
  const char* program = nullptr; // whose programs it has, if not those of its own name
};

enum class AttachKind : uint8_t {
  fentry,
  fexit,
  kprobe,
  kretprobe,
  later,  // its module is not loaded: a kprobe is set when it is
  absent, // this kernel does without
  missing // the function cannot be found: the mirror is incomplete
};

// "fentry", "kprobe", ...; nullptr: none (yet).
const char* attach_kind_name(AttachKind way);

struct Hook {
  const HookSpec* spec;
  AttachKind way;
  uint64_t address = 0;  // of the function, for kprobes
  bool linked = false;   // the kernel can set its kprobe together with others, through one link
  bool built_in = false; // its module is part of the kernel's image
  bool instead = false;  // it is on `spec->instead`
  // The function that is hooked, and the module that it is in; nullptr: the kernel's image.
  const char* function() const { return instead ? spec->instead : spec->function; }
  const char* module() const { return built_in ? nullptr : spec->module; }
};

} // namespace xs
