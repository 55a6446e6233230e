// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The data of a Tracer, for the files that implement it.
#pragma once

#include "kprobe.hpp"
#include "tracer.hpp"

#include "tracer.skel.h"

#include <thread>

namespace xs {

struct LinkDestroyer {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
using LinkPtr = std::unique_ptr<bpf_link, LinkDestroyer>;

struct Tracer::Impl {
  Skeleton<tracer_bpf, tracer_bpf::destroy> skeleton;
  // A probe outlives the module that it is in: its address may then belong to another incarnation.
  struct Probe {
    Fd event;
    uint64_t since_ns, until_ns; // it was attached between these moments
    bool loss = false;
  };
  std::map<uint64_t, Probe> probes; // by address
  std::vector<Hook> hooks;
  std::vector<std::pair<std::string, uint32_t>> verified;
  std::vector<LinkPtr> links;
  std::vector<Fd> mark_probes;
  std::vector<std::pair<const HookSpec*, Probe>> hook_probes;
  // A program of a hook that is attached together with others.
  struct Linked {
    const Hook* hook;
    const bpf_program* program;
  };
  std::vector<Fd> hook_links;
  uint32_t linked = 0; // programs in map `linked_hooks`

  bpf_program* program(char shape, const HookSpec& spec) const {
    const char* name = spec.program ? spec.program : spec.name;
    return bpf_object__find_program_by_name(skeleton->obj, fmt::format("{}_{}", shape, name).c_str());
  }
  void set_autoload(const TracerOptions& options);
  Status attach(const Hook& hook);
  Status attach_kprobe_of(const Hook& hook, const bpf_program* program, KprobeAt at);
  Status attach_kprobes(const Hook& hook);
  std::vector<Linked> linked_at(KprobeAt at) const;
  Status link(std::span<const Linked> programs, KprobeAt at);
  using Failure = std::pair<const Hook*, Error>;
  std::vector<Failure> attach_linked(KprobeAt at);
  Status attach_marks(std::span<const SiteMark> marks);
  Status chain();
  Status narrow(const std::set<uint32_t>& netns);
  int load(bool measure);

  // The links to close.
  struct Detaching {
    std::vector<LinkPtr> links;
    std::vector<Fd> files;
    void close();
  };
  Detaching all_attached();
  std::jthread detaching;
};

} // namespace xs
