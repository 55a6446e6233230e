// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Loads the tracing programs and attaches them.
#include "tracer.hpp"
#include "attach_types.hpp"
#include "core_types.hpp"
#include "kprobe.hpp"
#include "pt_regs.hpp"
#include "../model/probe_list.hpp"
#include "../sys/clock.hpp"
#include "../sys/unpreempted.hpp"
#include "../resolve/symbols.hpp"

#include "tracer.skel.h"

#include <algorithm>
#include <array>
#include <bit>
#include <bpf/bpf.h>
#include <cstring>
#include <map>
#include <mutex>
#include <sys/mman.h>

namespace xs {
namespace {

operand kernel_side(const std::optional<Operand>& o) {
  operand out{};
  if (!o) return out;
  out.where = o->where == Operand::Where::reg ? OPERAND_REG : OPERAND_SLOT;
  out.check = o->proof == Proof::source;
  out.reg_at = kSavedAt.at(o->reg);
  out.offset = o->offset;
  out.addend = o->addend;
  out.frame = o->frame;
  return out;
}

// `from`: a Site or FlowMark.
void add_callers(auto& out, const auto& from) {
  for (size_t i = 0; i < std::min<size_t>(from.callers.size(), CALLERS); i++)
    out.caller[i] = {from.callers[i].back, from.callers[i].flow, from.callers[i].dst.value_or(NOWHERE)};
  out.return_at = from.return_at.value_or(0);
}

site kernel_side(const Site& s, uint16_t id) {
  site out{};
  out.id = id;
  out.counter = s.counter;
  out.base_at = kSavedAt.at(s.base.reg);
  out.base_offset = s.base.base_offset;
  out.has_amount = s.amount.has_value();
  out.marked = s.marked;
  out.output = counter_way(s.counter) == Way::out;
  out.amount_at = kSavedAt.at(s.amount.value_or(0));
  for (size_t i = 0; i < kRoles; i++)
    out.operand[i] = kernel_side(s.operands[i]);
  out.operand[ROLE_POLICIES] = kernel_side(s.policies);
  add_callers(out, s);
  return out;
}

mark kernel_side(const FlowMark& m) {
  mark out{};
  out.flow = kernel_side(m.flow);
  add_callers(out, m);
  return out;
}

// Each state has two entries: of the slots a quarter is taken at most.
uint32_t index_rows(uint32_t states) {
  return std::bit_ceil(std::max(states, 64u));
}

static_assert(kRoles + 1 == ROLES);

struct LinkDestroyer {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
using LinkPtr = std::unique_ptr<bpf_link, LinkDestroyer>;

} // namespace

struct Tracer::Impl {
  Skeleton<tracer_bpf, tracer_bpf::destroy> skeleton;
  // A probe lives on after the module that it is in: its address may be another incarnation's by then.
  struct Probe {
    Fd event;
    uint64_t since_ns, until_ns; // it was set between these moments
  };
  std::map<uint64_t, Probe> probes; // by address
  std::vector<Hook> hooks;
  std::vector<std::pair<std::string, uint32_t>> verified;
  std::vector<LinkPtr> links;
  std::vector<Fd> mark_probes;
  std::vector<std::pair<const HookSpec*, Probe>> hook_probes;
  // A program of a hook that is set together with others.
  struct Linked {
    const Hook* hook;
    const bpf_program* program;
  };
  std::vector<Fd> hook_links;
  uint32_t linked = 0; // programs in map `linked_hooks`

  bpf_program* program(char shape, const HookSpec& spec) const {
    return bpf_object__find_program_by_name(skeleton->obj, fmt::format("{}_{}", shape, spec.name).c_str());
  }
  void choose_programs(const TracerOptions& options);
  Status attach(const Hook& hook);
  Status attach_kprobe_of(const Hook& hook, const bpf_program* program, KprobeAt at);
  Status attach_kprobes(const Hook& hook);
  std::vector<Linked> linked_at(KprobeAt at) const;
  Status link(std::span<const Linked> programs, KprobeAt at);
  using Failure = std::pair<const Hook*, Error>;
  std::vector<Failure> attach_linked(KprobeAt at);
  Status attach_marks(std::span<const FlowMark> marks);
  Status chain_tc();
  int load(bool measure);
};

// What the kernel's verifier says in the end: "processed N insns (limit ...".
uint32_t processed(const char* log) {
  const char* at = std::strstr(log, "processed ");
  return at ? static_cast<uint32_t>(std::strtoul(at + std::strlen("processed "), nullptr, 10)) : 0;
}

// Loads the programs. 0 or -errno.
int Tracer::Impl::load(bool measure) {
  constexpr uint32_t kStatistics = 4, kLogBytes = 4096; // BPF_LOG_STATS
  std::map<bpf_program*, std::vector<char>> logs;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton->obj) {
    if (!measure || !bpf_program__autoload(program)) continue;
    auto& log = logs.try_emplace(program, kLogBytes).first->second;
    bpf_program__set_log_level(program, kStatistics);
    bpf_program__set_log_buf(program, log.data(), log.size());
  }
  const int error = tracer_bpf::load(skeleton.get());
  for (const auto& [loaded, log] : logs)
    if (const uint32_t count = processed(log.data())) verified.emplace_back(bpf_program__name(loaded), count);
  std::ranges::sort(verified, std::greater{}, &std::pair<std::string, uint32_t>::second);
  for (const auto& [loaded, log] : logs)
    bpf_program__set_log_buf(loaded, nullptr, 0);
  return error;
}

// Programs of tc's hooks that go on with themselves, as far as they are loaded.
Status Tracer::Impl::chain_tc() {
  const std::pair<uint32_t, const bpf_program*> programs[] = {{NEXT_TC_GONE, skeleton->progs.k_tc_filters_gone},
                                                              {NEXT_TC_WALK, skeleton->progs.k_tc_walk},
                                                              {NEXT_TC_SWEEP, skeleton->progs.k_tc_sweep}};
  for (const auto& [at, program] : programs) {
    const int fd = bpf_program__fd(program);
    if (fd >= 0 && bpf_map_update_elem(bpf_map__fd(skeleton->maps.next_tc), &at, &fd, BPF_ANY))
      return fail("cannot chain the BPF programs: {}", errno_text());
  }
  return {};
}

// Only programs of one kind can call each other.
void set_linked(bpf_program* program) {
  if (program) bpf_program__set_expected_attach_type(program, BPF_TRACE_KPROBE_MULTI);
}

// Of each hook's programs only those that will be attached are loaded.
void Tracer::Impl::choose_programs(const TracerOptions& options) {
  const auto choose = [](bpf_program* program, bool wanted) {
    if (program) bpf_program__set_autoload(program, wanted);
  };
  for (const HookSpec& spec : hook_specs())
    for (const char shape : {'f', 'k', 's'})
      choose(program(shape, spec), false);
  for (const Hook& hook : options.hooks) {
    const bool traced = hook.way == HookWay::fentry || hook.way == HookWay::fexit;
    const bool probed = hook.way == HookWay::kprobe || hook.way == HookWay::kretprobe || hook.way == HookWay::later;
    choose(program('f', *hook.spec), traced);
    choose(program('k', *hook.spec), probed);
    choose(program('s', *hook.spec), probed);
    if (!probed || !hook.linked) continue;
    set_linked(program('k', *hook.spec));
    set_linked(program('s', *hook.spec));
  }
  auto& programs = skeleton->progs;
  choose(programs.on_qdisc_destroyed, !options.hooks.empty());
  const bool tcx = std::ranges::any_of(
      options.hooks, [](const Hook& h) { return h.spec->name == std::string_view("tcx_attach") && h.address; });
  choose(programs.k_tc_walk, tcx);
  choose(programs.k_tc_sweep, tcx);
  const bool linked = std::ranges::any_of(options.hooks, &Hook::linked);
  choose(programs.on_hooked, linked);
  if (linked) set_linked(programs.k_tc_walk), set_linked(programs.k_tc_sweep); // programs of linked hooks call them
  for (bpf_program* tracing : {programs.on_increment, programs.inspect, programs.tell, programs.on_mark,
                               programs.sample_counters, programs.on_module_load, programs.on_module_free})
    choose(tracing, !options.mirror_only);
}

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

// The programs that linked hooks have at their function's entry, or return.
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
    if (bpf_map_update_elem(bpf_map__fd(skeleton->maps.linked_hooks), &number, &fd, BPF_ANY))
      return fail("{}", errno_text());
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

// A link has a function once: what a function has besides gets a kprobe of its own. So does each where the kernel
// refuses one of them, for it refuses the link as a whole then.
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
  if (hook.way == HookWay::kprobe || hook.way == HookWay::kretprobe) return attach_kprobes(hook);
  if (hook.way != HookWay::fentry && hook.way != HookWay::fexit) return {};
  links.emplace_back(bpf_program__attach(program('f', *hook.spec)));
  if (!links.back()) return fail("{}", errno_text());
  return {};
}

namespace {

bool watches_tc(const Hook& hook) {
  return hook.spec->part == MirrorPart::tc && hook_way_name(hook.way);
}

bool lacks_tc(const Hook& hook) {
  return hook.spec->part == MirrorPart::tc && hook.way == HookWay::missing;
}

std::string hook_failure(const Hook& hook, const Error& error) {
  return fmt::format("the mirror of {} is incomplete: cannot hook {}, which tells of {}: {}",
                     part_name(hook.spec->part), hook.spec->function, hook.spec->watches, error.text);
}

} // namespace

Tracer::Tracer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tracer::Tracer(Tracer&&) noexcept = default;
Tracer& Tracer::operator=(Tracer&&) noexcept = default;
Tracer::~Tracer() {
  if (impl_) detach_all();
}

Result<Tracer> Tracer::load(const TracerOptions& options) {
  auto impl = std::make_unique<Impl>();
  const Fd types(memfd_create("xfrm-snap-types", MFD_CLOEXEC));
  const std::string path = fmt::format("/proc/self/fd/{}", types.get());
  LIBBPF_OPTS(bpf_object_open_opts, opening, .btf_custom_path = options.types && types ? path.c_str() : nullptr);
  supply_attach_types();
  impl->skeleton.reset(tracer_bpf::open(&opening));
  if (!impl->skeleton) return fail("cannot open the BPF programs: {}", errno_text());
  if (opening.btf_custom_path)
    if (Status taken = write_core_types(options.types->raw(), bpf_object__btf(impl->skeleton->obj), types); !taken)
      return tl::unexpected(taken.error());
  auto* constants = impl->skeleton->rodata;
  constants->rate = options.rate;
  constants->want_stack = options.stack;
  constants->limit = options.limit;
  constants->per_cpu_offsets = options.per_cpu_offsets;
  constants->preempt_count_at = options.preempt_count_at;
  constants->possible_cpus = options.possible_cpus;
  constants->counters = std::min<uint32_t>(options.counters, COUNTER_SLOTS);
  constants->want_changes = options.changes;
  constants->index_mask = index_rows(options.max_states) - 1;
  constants->capturing = options.capture;
  constants->mirroring = !options.hooks.empty();
  constants->mirroring_tc = std::ranges::any_of(options.hooks, watches_tc);
  std::memcpy(&constants->filter, &options.only, sizeof(options.only));
  if (!options.netns.empty()) constants->filter.fields |= FILTER_NETNS;
  constants->tc_whole = std::ranges::none_of(options.hooks, lacks_tc);
  auto& maps = impl->skeleton->maps;
  bpf_map__set_max_entries(maps.errors, options.max_errors);
  bpf_map__set_max_entries(maps.wanted_netns, std::max<uint32_t>(static_cast<uint32_t>(options.netns.size()), 1));
  bpf_map__set_max_entries(maps.events, options.changes || options.capture ? 8u << 20 : 2u << 20); // bytes
  bpf_map__set_max_entries(maps.states, options.max_states);
  bpf_map__set_max_entries(maps.state_index, index_rows(options.max_states));
  bpf_map__set_max_entries(maps.policies, options.max_policies);
  for (bpf_map* map :
       {maps.states, maps.policies, maps.deleted, maps.tc, maps.tc_owners, maps.tc_points, maps.tc_mprogs})
    if (options.growing) bpf_map__set_map_flags(map, BPF_F_NO_PREALLOC);
  for (const auto& [map, theirs] : {std::pair(maps.states, options.states), {maps.policies, options.policies}})
    if (theirs >= 0 && bpf_map__reuse_fd(map, theirs))
      return fail("cannot use the map {}: {}", bpf_map__name(map), errno_text());
  impl->hooks = options.hooks;
  impl->choose_programs(options);
  find_attach_types(impl->skeleton->obj, options.types);
  if (const int error = impl->load(options.measure); error && options.measure) {
    TracerOptions again = options; // whose verifier's log is about the failure
    again.measure = false;
    return load(again);
  } else if (error) {
    return fail("cannot load the BPF programs into the kernel: {}; -v shows the kernel's words", errno_text(-error));
  }
  if (Status chained = impl->chain_tc(); !chained) return tl::unexpected(chained.error());
  uint32_t at = 0;
  for (const bpf_program* program : {impl->skeleton->progs.inspect, impl->skeleton->progs.tell}) { // enum next_program
    const int fd = bpf_program__fd(program);
    if (!options.mirror_only && bpf_map_update_elem(bpf_map__fd(impl->skeleton->maps.next), &at, &fd, BPF_ANY))
      return fail("cannot chain the BPF programs: {}", errno_text());
    at++;
  }
  for (const uint32_t inum : options.netns)
    if (bpf_map_update_elem(bpf_map__fd(maps.wanted_netns), &inum, &inum, BPF_ANY))
      return fail("cannot tell the kernel which netns to look at: {}", errno_text());
  return Tracer(std::move(impl));
}

// Sets a kprobe on each mark.
Status Tracer::Impl::attach_marks(std::span<const FlowMark> marks) {
  const auto type = kprobe_type();
  if (!type) return tl::unexpected(type.error());
  for (const FlowMark& m : marks) {
    const mark row = kernel_side(m);
    if (bpf_map_update_elem(bpf_map__fd(skeleton->maps.marks), &m.address, &row, BPF_ANY))
      return fail("{}", errno_text());
    auto probe = attach_kprobe(*type, m.address, bpf_program__fd(skeleton->progs.on_mark));
    if (!probe) return tl::unexpected(probe.error());
    mark_probes.push_back(std::move(*probe));
  }
  return {};
}

std::vector<std::string> Tracer::attach_hooks(std::span<const FlowMark> marks) {
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
    problems.push_back(fmt::format("cannot note the flow of some errors: {}", marked.error().text));
  for (const HookSpec::At at : {HookSpec::At::exit, HookSpec::At::entry}) { // whose entry is seen, its return is seen
    const bool exit = at == HookSpec::At::exit;
    for (const auto& [h, error] : impl_->attach_linked(exit ? KprobeAt::function_return : KprobeAt::instruction))
      problems.push_back(hook_failure(*h, error));
    for (const Hook& h : impl_->hooks)
      if (h.spec->at == at)
        if (const Status attached = impl_->attach(h); !attached) problems.push_back(hook_failure(h, attached.error()));
  }
  if (bpf_program__autoload(programs.on_qdisc_destroyed)) hook(programs.on_qdisc_destroyed, links.on_qdisc_destroyed);
  if (!bpf_program__autoload(programs.on_module_load)) return problems; // the mirror alone
  hook(programs.on_module_load, links.on_module_load);
  hook(programs.on_module_free, links.on_module_free);
  return problems;
}

std::vector<std::string> Tracer::attach_module(const std::string& module, std::span<const Hook> hooks) {
  std::vector<std::string> problems;
  for (const Hook& planned : impl_->hooks) {
    if (planned.way != HookWay::later || module != planned.spec->module) continue;
    const auto set = [&](const auto& probe) { return probe.first == planned.spec; };
    if (std::ranges::any_of(impl_->hook_probes, set)) continue;
    const auto found = std::ranges::find(hooks, planned.spec, &Hook::spec);
    if (found == hooks.end() || !found->address) continue;
    Hook hook{planned.spec, planned.spec->at == HookSpec::At::exit ? HookWay::kretprobe : HookWay::kprobe,
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

std::vector<AttachFailure> Tracer::attach(std::span<const Site> sites, std::span<const uint16_t> numbers) {
  std::vector<AttachFailure> failures;
  const auto type = kprobe_type();
  const int program = bpf_program__fd(impl_->skeleton->progs.on_increment);
  const int table = bpf_map__fd(impl_->skeleton->maps.sites);
  std::mutex guard;
  std::vector<uint16_t> missing;
  std::ranges::copy_if(numbers, std::back_inserter(missing),
                       [&](uint16_t number) { return !impl_->probes.contains(sites[number].address); });
  in_parallel(missing.size(), [&](size_t i) {
    const uint64_t address = sites[missing[i]].address, since = mono_ns();
    const site row = kernel_side(sites[missing[i]], missing[i]);
    Result<Fd> probe = !type ? tl::unexpected(type.error())
                       : bpf_map_update_elem(table, &address, &row, BPF_ANY)
                           ? Result<Fd>(fail("cannot tell the kernel about it: {}", errno_text()))
                           : attach_kprobe(*type, address, program);
    const std::lock_guard lock(guard);
    if (probe)
      impl_->probes.emplace(address, Impl::Probe{std::move(*probe), since, mono_ns()});
    else
      failures.push_back({address, probe.error().text});
  });
  return failures;
}

void Tracer::detach(std::span<const uint64_t> addresses) {
  std::vector<Fd> closing;
  for (const uint64_t address : addresses)
    if (auto it = impl_->probes.find(address); it != impl_->probes.end()) {
      closing.push_back(std::move(it->second.event));
      impl_->probes.erase(it);
    }
  in_parallel(closing.size(), [&](size_t i) { closing[i] = Fd(); });
  const Unpreempted deleting;
  for (const uint64_t address : addresses)
    bpf_map_delete_elem(bpf_map__fd(impl_->skeleton->maps.sites), &address);
}

void Tracer::detach_gone(std::span<const uint64_t> addresses, uint64_t at_ns, bool loaded,
                         const std::function<bool(uint64_t)>& armed) {
  std::vector<uint64_t> gone;
  for (const uint64_t address : addresses) {
    const auto it = impl_->probes.find(address);
    if (it == impl_->probes.end() || it->second.since_ns >= at_ns) continue;
    const bool unsure = loaded || it->second.until_ns > at_ns; // the kernel may have been slow to set it
    if (!unsure || !armed(address)) gone.push_back(address);
  }
  detach(gone);
}

// All together, so that one waits while another one does. First come those that wait for each other for 100 ms, then
// the sites, for the kernel holds them up where kprobes on functions wait for the former.
void Tracer::detach_all() {
  auto& made = impl_->skeleton->links;
  std::vector<LinkPtr> links = std::move(impl_->links);
  for (bpf_link** link : {&made.on_qdisc_destroyed, &made.on_module_load, &made.on_module_free})
    links.emplace_back(std::exchange(*link, nullptr));
  std::vector<Fd> closing = std::move(impl_->hook_links);
  for (auto& [address, probe] : impl_->probes)
    closing.push_back(std::move(probe.event));
  std::ranges::move(impl_->mark_probes, std::back_inserter(closing));
  for (auto& [spec, probe] : impl_->hook_probes)
    closing.push_back(std::move(probe.event));
  in_parallel(links.size() + closing.size(), [&](size_t i) {
    if (i < links.size())
      links[i].reset();
    else
      closing[i - links.size()] = Fd();
  });
  impl_->links.clear();
  impl_->hook_links.clear();
  impl_->mark_probes.clear();
  impl_->hook_probes.clear();
  impl_->probes.clear();
}

void Tracer::open_gate() {
  impl_->skeleton->bss->tracing = true;
}

void Tracer::close_gate() {
  impl_->skeleton->bss->tracing = false;
}

bool Tracer::at_limit() const {
  const uint64_t limit = impl_->skeleton->rodata->limit;
  return limit && impl_->skeleton->bss->sent >= limit;
}

uint64_t Tracer::suppressed() const {
  return impl_->skeleton->bss->suppressed;
}

uint64_t Tracer::bytes_lost() const {
  return impl_->skeleton->bss->bytes_lost;
}

size_t Tracer::attached() const {
  return impl_->probes.size();
}

namespace {

// All 0 of a program that is not loaded, and where the kernel does not tell.
bpf_prog_info info_of(const bpf_program* program) {
  bpf_prog_info info{};
  uint32_t size = sizeof(info);
  const int fd = program ? bpf_program__fd(program) : -1;
  return fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &size) ? info : bpf_prog_info{};
}

} // namespace

std::map<std::string, uint64_t> Tracer::missed_by_hooks() const {
  std::map<std::string, uint64_t> missed;
  const auto add = [&](const bpf_program* program, const char* function) {
    const uint64_t n = info_of(program).recursion_misses; // 0 before 5.12, and for kprobes before 6.7
    if (n) missed[function] += n;
  };
  for (const Hook& hook : impl_->hooks)
    for (const char shape : {'f', 'k', 's'})
      add(impl_->program(shape, *hook.spec), hook.spec->function);
  add(impl_->skeleton->progs.on_hooked, "hooked functions");
  return missed;
}

const std::vector<std::pair<std::string, uint32_t>>& Tracer::verified() const {
  return impl_->verified;
}

size_t Tracer::calls_under_way() const {
  size_t n = 0;
  std::array<uint64_t, 2> call{}, next{}; // struct stash_key, struct doing_key
  for (const int map : {bpf_map__fd(impl_->skeleton->maps.stashed), bpf_map__fd(impl_->skeleton->maps.doing)})
    for (const void* before = nullptr; !bpf_map_get_next_key(map, before, next.data()); before = call.data(), n++)
      call = next;
  return n;
}

uint64_t Tracer::states() const {
  return impl_->skeleton->bss->states_held;
}

uint64_t Tracer::policies() const {
  return impl_->skeleton->bss->policies_held;
}

uint64_t Tracer::tc() const {
  return impl_->skeleton->bss->tc_held;
}

int Tracer::map_fd(const char* name) const {
  return bpf_object__find_map_fd_by_name(impl_->skeleton->obj, name);
}

namespace {

// Runs a program that reads what its arguments name into the one row of a map. None: it is gone.
template <class Row, size_t n> std::optional<Row> read_by(bpf_program* program, bpf_map* map, uint64_t (&&args)[n]) {
  LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));
  if (bpf_prog_test_run_opts(bpf_program__fd(program), &opts) || opts.retval) return {};
  Row out{};
  const uint32_t zero = 0;
  if (bpf_map_lookup_elem(bpf_map__fd(map), &zero, &out)) return {};
  return out;
}

} // namespace

std::optional<state_reading> Tracer::read_state(uint64_t address) {
  const auto& s = *impl_->skeleton;
  return read_by<state_reading>(s.progs.read_state, s.maps.reading, {address});
}

std::optional<policy_row> Tracer::read_policy(uint64_t address) {
  const auto& s = *impl_->skeleton;
  return read_by<policy_row>(s.progs.read_policy, s.maps.policy_read, {address});
}

std::optional<tc_reading> Tracer::read_tc(uint64_t device, uint64_t qdisc) {
  const auto& s = *impl_->skeleton;
  return read_by<tc_reading>(s.progs.read_tc, s.maps.tc_read, {device, qdisc});
}

std::optional<counters_row> Tracer::sample(uint64_t mib, uint64_t born_ns) {
  const auto& s = *impl_->skeleton;
  return read_by<counters_row>(s.progs.sample_counters, s.maps.sampled, {mib, born_ns});
}

} // namespace xs
