// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Attaches the mirror's hooks and the marks.
#include "kernel_side.hpp"
#include "tracer_impl.hpp"
#include "../sys/clock.hpp"
#include "../sys/map_row.hpp"

#include <algorithm>
#include <bpf/bpf.h>

namespace xs {
namespace {

std::string hook_failure(const Hook& hook, const Error& error) {
  return fmt::format("the mirror of {} is incomplete: cannot hook {}, which tells of {}: {}",
                     part_name(hook.spec->part), hook.function(), hook.spec->watches, error.text);
}

} // namespace

Status Tracer::Impl::attach_kprobe_of(const Hook& hook, const bpf_program* program, KprobeAt at) {
  const auto type = kprobe_type();
  if (!type) return tl::unexpected(type.error());
  const uint64_t since = mono_ns();
  auto probe = attach_kprobe(*type, hook.address, bpf_program__fd(program), at);
  if (!probe) return tl::unexpected(probe.error());
  hook_probes.emplace_back(hook.spec, Probe{std::move(*probe), since, mono_ns()});
  return {};
}

Status Tracer::Impl::attach_kprobes(const Hook& hook) {
  const bool at_exit = hook.spec->at == HookSpec::At::exit;
  Status done =
      attach_kprobe_of(hook, program('k', *hook.spec), at_exit ? KprobeAt::function_return : KprobeAt::instruction);
  if (const bpf_program* keeper = program('s', *hook.spec); done && keeper)
    done = attach_kprobe_of(hook, keeper, KprobeAt::instruction);
  return done;
}

// The programs of linked hooks at the entry, or at the return, of their functions.
std::vector<Tracer::Impl::Linked> Tracer::Impl::linked_at(KprobeAt at) const {
  std::vector<Linked> out;
  for (const Hook& hook : hooks) {
    if (!hook.linked) continue;
    const bool exit = hook.spec->at == HookSpec::At::exit;
    if (exit == (at == KprobeAt::function_return)) out.push_back({&hook, program('k', *hook.spec)});
    const bpf_program* keeper = program('s', *hook.spec);
    if (exit && keeper && at == KprobeAt::instruction) out.push_back({&hook, keeper});
  }
  return out;
}

Status Tracer::Impl::link(std::span<const Linked> programs, KprobeAt at) {
  std::vector<unsigned long> addresses;
  std::vector<__u64> cookies;
  for (const Linked& one : programs) {
    const uint32_t number = linked++;
    const int fd = bpf_program__fd(one.program);
    if (update_row(bpf_map__fd(skeleton->maps.linked_hooks), &number, &fd)) return fail("{}", errno_text());
    addresses.push_back(one.hook->address);
    cookies.push_back(number);
  }
  LIBBPF_OPTS(bpf_link_create_opts, options);
  options.kprobe_multi.flags = at == KprobeAt::function_return ? BPF_F_KPROBE_MULTI_RETURN : 0;
  options.kprobe_multi.cnt = static_cast<uint32_t>(programs.size());
  options.kprobe_multi.addrs = addresses.data();
  options.kprobe_multi.cookies = cookies.data();
  Fd link(bpf_link_create(bpf_program__fd(skeleton->progs.on_hooked), 0, BPF_TRACE_KPROBE_MULTI, &options));
  if (!link) return fail("{}", errno_text());
  hook_links.push_back(std::move(link));
  return {};
}

// A link can have a function only once: a second program on it gets a kprobe. If the kernel refuses one function, it
// refuses the whole link: then each gets a kprobe.
std::vector<Tracer::Impl::Failure> Tracer::Impl::attach_linked(KprobeAt at) {
  std::vector<Linked> together, alone;
  std::set<uint64_t> there;
  for (const Linked& one : linked_at(at))
    (there.insert(one.hook->address).second ? together : alone).push_back(one);
  if (!together.empty() && !link(together, at)) std::ranges::move(together, std::back_inserter(alone));
  std::vector<Failure> failures;
  for (const Linked& one : alone)
    if (const Status attached = attach_kprobe_of(*one.hook, one.program, at); !attached)
      failures.emplace_back(one.hook, attached.error());
  return failures;
}

Status Tracer::Impl::attach(const Hook& hook) {
  if (hook.linked) return {};
  if (hook.way == AttachKind::kprobe || hook.way == AttachKind::kretprobe) return attach_kprobes(hook);
  if (hook.way != AttachKind::fentry && hook.way != AttachKind::fexit) return {};
  links.emplace_back(bpf_program__attach(program('f', *hook.spec)));
  if (!links.back()) return fail("{}", errno_text());
  return {};
}

// Attaches a kprobe to each mark.
Status Tracer::Impl::attach_marks(std::span<const SiteMark> marks) {
  const auto type = kprobe_type();
  if (!type) return tl::unexpected(type.error());
  for (const SiteMark& m : marks) {
    const mark row = kernel_side(m);
    if (update_row(bpf_map__fd(skeleton->maps.marks), &m.address, &row)) return fail("{}", errno_text());
    auto probe = attach_kprobe(*type, m.address, bpf_program__fd(skeleton->progs.on_mark));
    if (!probe) return tl::unexpected(probe.error());
    mark_probes.push_back(std::move(*probe));
  }
  return {};
}

std::vector<std::string> Tracer::attach_hooks(std::span<const SiteMark> marks) {
  std::vector<std::string> problems;
  auto& programs = impl_->skeleton->progs;
  auto& links = impl_->skeleton->links;
  const auto hook = [&](bpf_program* program, bpf_link*& link) {
    link = bpf_program__attach(program);
    if (!link)
      problems.push_back(fmt::format("cannot attach {} ({}): {}", bpf_program__name(program),
                                     bpf_program__section_name(program), errno_text()));
  };
  if (const Status marked = impl_->attach_marks(marks); !marked)
    problems.push_back(fmt::format("cannot note what some errors lose: {}", marked.error().text));
  for (const HookSpec::At at : {HookSpec::At::exit, HookSpec::At::entry}) { // if the entry is seen, so is the return
    const bool exit = at == HookSpec::At::exit;
    for (const auto& [h, error] : impl_->attach_linked(exit ? KprobeAt::function_return : KprobeAt::instruction))
      problems.push_back(hook_failure(*h, error));
    for (const Hook& h : impl_->hooks)
      if (h.spec->at == at)
        if (const Status attached = impl_->attach(h); !attached) problems.push_back(hook_failure(h, attached.error()));
  }
  if (bpf_program__autoload(programs.on_qdisc_destroyed)) hook(programs.on_qdisc_destroyed, links.on_qdisc_destroyed);
  if (!bpf_program__autoload(programs.on_module_load)) return problems; // only the mirror is wanted
  hook(programs.on_module_load, links.on_module_load);
  hook(programs.on_module_free, links.on_module_free);
  return problems;
}

std::vector<std::string> Tracer::attach_module(const std::string& module, std::span<const Hook> hooks) {
  std::vector<std::string> problems;
  for (const Hook& planned : impl_->hooks) {
    if (planned.way != AttachKind::later || module != planned.spec->module) continue;
    const auto set = [&](const auto& probe) { return probe.first == planned.spec; };
    if (std::ranges::any_of(impl_->hook_probes, set)) continue;
    const auto found = std::ranges::find(hooks, planned.spec, &Hook::spec);
    if (found == hooks.end() || !found->address) continue;
    Hook hook{planned.spec, planned.spec->at == HookSpec::At::exit ? AttachKind::kretprobe : AttachKind::kprobe,
              found->address};
    if (const Status attached = impl_->attach(hook); !attached)
      problems.push_back(hook_failure(hook, attached.error()));
  }
  return problems;
}

void Tracer::detach_module(const std::string& module, uint64_t before_ns) {
  std::erase_if(impl_->hook_probes, [&](const auto& probe) {
    return probe.first->module && module == probe.first->module && probe.second.since_ns < before_ns;
  });
}

} // namespace xs
