// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Chooses the BPF programs, sets their constants and maps, and loads them.
#include "attach_types.hpp"
#include "core_types.hpp"
#include "tracer_impl.hpp"
#include "../sys/map_row.hpp"

#include <algorithm>
#include <bit>
#include <bpf/bpf.h>
#include <cstring>
#include <sys/mman.h>

namespace xs {
namespace {

// Each state has two entries: at most a quarter of the slots is used.
uint32_t index_rows(uint32_t states) {
  return std::bit_ceil(std::max(states, 64u));
}

bool watches_tc(const Hook& hook) {
  return hook.spec->part == MirrorPart::tc && attach_kind_name(hook.way);
}

bool lacks_tc(const Hook& hook) {
  return hook.spec->part == MirrorPart::tc && hook.way == AttachKind::missing;
}

bool lacks_policy_link(const Hook& hook) {
  return hook.spec->name == std::string_view("policy_link") && hook.way == AttachKind::missing;
}

// The last line of the verifier: "processed N insns (limit ...".
uint32_t processed(const char* log) {
  const char* at = std::strstr(log, "processed ");
  return at ? static_cast<uint32_t>(std::strtoul(at + std::strlen("processed "), nullptr, 10)) : 0;
}

// Only programs of the same attach type can tail-call each other.
void set_linked(bpf_program* program) {
  if (program) bpf_program__set_expected_attach_type(program, BPF_TRACE_KPROBE_MULTI);
}

void set_constants(tracer_bpf& skeleton, const TracerOptions& options) {
  auto* constants = skeleton.rodata;
  constants->rate = options.rate;
  constants->want_stack = options.stack;
  constants->limit = options.limit;
  constants->per_cpu_offsets = options.per_cpu_offsets;
  constants->preempt_count_at = options.preempt_count_at;
  std::ranges::copy(options.route_inputs.forward, constants->forwards);
  std::ranges::copy(options.route_inputs.deliver, constants->delivers);
  for (size_t i = 0; i < std::min<size_t>(options.counting_callers.size(), std::size(constants->counting_callers)); i++)
    constants->counting_callers[i] = {options.counting_callers[i].start, options.counting_callers[i].size};
  constants->possible_cpus = options.possible_cpus;
  constants->counters = std::min<uint32_t>(options.counters, COUNTER_SLOTS);
  constants->want_changes = options.changes;
  constants->index_mask = index_rows(options.max_states) - 1;
  constants->capturing = options.capture;
  constants->mirroring = !options.hooks.empty();
  constants->mirroring_tc = std::ranges::any_of(options.hooks, watches_tc);
  std::memcpy(&constants->filter, &options.only, sizeof(options.only));
  if (!options.netns.empty()) constants->filter.fields |= FILTER_NETNS;
  constants->links_inlined = std::ranges::any_of(options.hooks, lacks_policy_link);
  constants->tc_whole = std::ranges::none_of(options.hooks, lacks_tc);
}

// Sets the sizes of the maps, and reuses those of another run.
Status shape_maps(tracer_bpf& skeleton, const TracerOptions& options) {
  auto& maps = skeleton.maps;
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
  return {};
}

} // namespace

// Loads the programs. 0 or -errno.
int Tracer::Impl::load(bool measure) {
  constexpr uint32_t kStatistics = 4, kLogBytes = 65536; // BPF_LOG_STATS; a log that is cut is an error
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

// Fills in the maps of programs to tail-call, as far as they are loaded.
Status Tracer::Impl::chain() {
  const std::tuple<bpf_map*, uint32_t, const bpf_program*> links[] = {
      {skeleton->maps.next, NEXT_READ_EVIDENCE, skeleton->progs.read_evidence},
      {skeleton->maps.next, NEXT_EMIT_EVENT, skeleton->progs.emit_event},
      {skeleton->maps.next_tc, NEXT_TC_GONE, skeleton->progs.k_tc_filters_gone},
      {skeleton->maps.next_tc, NEXT_TC_SCAN, skeleton->progs.k_tc_scan},
      {skeleton->maps.next_tc, NEXT_TC_REAP, skeleton->progs.k_tc_reap}};
  for (const auto& [map, at, program] : links) {
    const int fd = bpf_program__fd(program);
    if (fd >= 0 && update_row(bpf_map__fd(map), &at, &fd))
      return fail("cannot chain the BPF programs: {}", errno_text());
  }
  return {};
}

// Loads only the programs of each hook that will be attached.
void Tracer::Impl::set_autoload(const TracerOptions& options) {
  const auto choose = [](bpf_program* program, bool wanted) {
    if (program) bpf_program__set_autoload(program, wanted);
  };
  const auto load = [&](bpf_program* program, bool wanted) { // another hook may have the same program
    if (wanted) choose(program, true);
  };
  for (const HookSpec& spec : hook_specs())
    for (const char shape : {'f', 'k', 's'})
      choose(program(shape, spec), false);
  for (const Hook& hook : options.hooks) {
    const bool traced = hook.way == AttachKind::fentry || hook.way == AttachKind::fexit;
    const bool probed =
        hook.way == AttachKind::kprobe || hook.way == AttachKind::kretprobe || hook.way == AttachKind::later;
    load(program('f', *hook.spec), traced);
    load(program('k', *hook.spec), probed);
    load(program('s', *hook.spec), probed);
    if (!probed || !hook.linked) continue;
    set_linked(program('k', *hook.spec));
    set_linked(program('s', *hook.spec));
  }
  auto& programs = skeleton->progs;
  choose(programs.on_qdisc_destroyed, !options.hooks.empty());
  const bool tcx = std::ranges::any_of(
      options.hooks, [](const Hook& h) { return h.spec->name == std::string_view("tcx_attach") && h.address; });
  choose(programs.k_tc_scan, tcx);
  choose(programs.k_tc_reap, tcx);
  const bool linked = std::ranges::any_of(options.hooks, &Hook::linked);
  choose(programs.on_hooked, linked);
  if (linked) set_linked(programs.k_tc_scan), set_linked(programs.k_tc_reap); // programs of linked hooks call them
  for (bpf_program* tracing :
       {programs.on_increment, programs.read_evidence, programs.emit_event, programs.on_mark, programs.on_loss,
        programs.sample_counters, programs.on_module_load, programs.on_module_free})
    choose(tracing, !options.mirror_only);
}

Status Tracer::Impl::narrow(const std::set<uint32_t>& netns) {
  for (const uint32_t inum : netns)
    if (update_row(bpf_map__fd(skeleton->maps.wanted_netns), &inum, &inum))
      return fail("cannot tell the kernel which netns to look at: {}", errno_text());
  return {};
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
  set_constants(*impl->skeleton, options);
  if (Status shaped = shape_maps(*impl->skeleton, options); !shaped) return tl::unexpected(shaped.error());
  impl->hooks = options.hooks;
  impl->set_autoload(options);
  find_attach_types(impl->skeleton->obj, options.hooks, options.types);
  if (const int error = impl->load(options.measure); error && options.measure) {
    TracerOptions again = options; // to get the verifier's log of the failure
    again.measure = false;
    return load(again);
  } else if (error) {
    return fail("cannot load the BPF programs into the kernel: {}; -v shows the kernel's words", errno_text(-error));
  }
  if (Status chained = impl->chain(); !chained) return tl::unexpected(chained.error());
  if (Status narrowed = impl->narrow(options.netns); !narrowed) return tl::unexpected(narrowed.error());
  return Tracer(std::move(impl));
}

} // namespace xs
