// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Starts a run: checks the node, finds sites, loads programs, takes the snapshot, and drops privileges.
#include "run.hpp"

#include "../collect/requirements.hpp"
#include "../collect/snapshot.hpp"
#include "../sys/clock.hpp"
#include "../sys/netns_words.hpp"
#include "../sys/privileges.hpp"
#include "../sys/system_calls.hpp"
#include "../sys/unpreempted.hpp"

#include <algorithm>
#include <bpf/libbpf.h>

namespace xs {
namespace {

TracerOptions tracer_options(const Options& o, const std::set<uint32_t>& netns, const Found& found,
                             const XfrmCounts& there) {
  TracerOptions out;
  out.rate = o.rate;
  out.limit = o.count.value_or(0);
  out.max_errors = o.max_errors;
  out.stack = o.stack;
  out.per_cpu_offsets = found.per_cpu.offsets;
  out.preempt_count_at = found.per_cpu.preempt_count;
  out.route_inputs = found.route_inputs;
  out.counting_callers = found.counting_callers;
  out.counters = found.counters;
  out.hooks = found.hooks;
  out.changes = o.changes;
  out.capture = !o.pcap.empty();
  out.measure = o.verbose;
  out.only = o.only;
  out.netns = netns;
  out.growing = found.growing_maps;
  out.types = types_for_programs(found);
  const MirrorRows rows = mirror_rows(there, o.max_states, out.growing);
  out.max_states = rows.states;
  out.max_policies = rows.policies;
  out.possible_cpus = static_cast<uint32_t>(std::max(libbpf_num_possible_cpus(), 1));
  return out;
}

// Instructions that the verifier processed, by program.
std::string verifier_cost(const std::vector<std::pair<std::string, uint32_t>>& programs) {
  std::string out = "the verifier followed";
  for (const auto& [name, instructions] : programs)
    out += fmt::format(" {} {}", name, instructions);
  return out;
}

} // namespace

// Checks the node, and resolves what the options name.
Status Run::look_around() {
  const Node node = look_at_node();
  const auto requirements = judge(node);
  if (Status able = first_failure(requirements); !able) return able;
  for (const std::string& lesser : lesser_abilities(requirements))
    status(lesser);
  memlock_charged_ = node.memlock_charged.value_or(false);
  auto wanted = netns_inums(options_.netns);
  if (!wanted) return tl::unexpected(wanted.error());
  wanted_ = std::move(*wanted);
  if (Status opened = to_front_.ask([this] { return front_.open(); }); !opened) return opened;
  auto claimed = claim_pins(options_.pin);
  if (!claimed) return tl::unexpected(claimed.error());
  for (const std::string& note : claimed->notes)
    status(note);
  if (claimed->pins) {
    pins_.emplace(std::move(*claimed->pins));
    post([dir = pins_->dir()](Frontend& front) { front.claimed(dir); });
  }
  if (const Status netlink = load_xfrm_user(); !netlink) status(netlink.error().text);
  phase("looking at the node");
  return not_stopped();
}

Status Run::begin() {
  if (Status read = to_front_.ask([this] { return front_.await_reader(); }); !read) return read;
  lacking(allow_only_in_all_threads(Work::start));
  switches_.emplace();
  for (const std::string& note : switches_->notes())
    status(note);
  Unpreempted::allow();
  if (Status looked = look_around(); !looked) return looked;
  auto memory = charged_apart([] { return KernelMemory::open(); });
  if (!memory) return tl::unexpected(memory.error());
  memory_ = std::move(*memory);
  phase("loading the reader of kernel text");
  auto found = find(*memory_);
  if (!found) return tl::unexpected(found.error());
  found_ = std::move(*found);
  if (found_.sites.empty()) return fail("found no counter increment in this kernel; see xfrm-snap probes");
  for (const std::string& p : found_.problems)
    problem(p);
  transient_status(fmt::format("{} sites found", found_.sites.size()));
  phase("reading and resolving the kernel");
  if (Status stopped = not_stopped(); !stopped) return stopped;
  if (Status loaded = load(); !loaded) return loaded;
  sites_.reserve(SITE_MAX); // no reallocation: events refer to it
  attach(found_.sites);
  attach_losses(found_.losses.sites);
  phase("attaching the sites");
  if (Status stopped = not_stopped(); !stopped) return stopped;
  if (tracer_->attached() == 0) return fail("not one probe could be set; see xfrm-snap check");
  source_.emplace(*tracer_);
  session_.emplace(*source_, sites_, NetnsNames(found_.netns.front().inum), handlers());
  session_->set_unlisted(unlisted_);
  if (!options_.stack) found_.symbols = {};
  post([now = mono_ns()](Frontend& front) { front.begin(now); });
  Status started = session_->start([this] { return list_netns(found_.netns_list, *memory_); });
  phase("reading the kernel's counters");
  switches_->relax();
  return started ? give_up_privileges() : started;
}

// Loads the programs, attaches the hooks of the mirror, and takes the snapshot.
Status Run::load() {
  std::set<uint32_t> there;
  for (const LiveNetns& ns : found_.netns)
    if (!ns.dying) there.insert(ns.inum);
  room_ = tracer_options(options_, wanted_, found_, count_objects(there));
  auto tracer = charged_apart([this] { return Tracer::load(room_); });
  found_.btf = {};
  room_.types = nullptr;
  if (!tracer) return tl::unexpected(tracer.error());
  tracer_ = std::move(*tracer);
  phase("loading the tracing programs");
  if (Status stopped = not_stopped(); !stopped) return stopped;
  if (options_.verbose) status(verifier_cost(tracer_->verified()));
  for (const Hook& hook : found_.hooks)
    if (const std::string p = hook_problem(hook); !p.empty())
      hook.spec->part == MirrorPart::tc ? status(p) : problem(p);
  for (const std::string& p : tracer_->attach_hooks(found_.marks))
    problem(p);
  phase("attaching the hooks");
  if (Status stopped = not_stopped(); !stopped) return stopped;
  mirror();
  phase("listing the states and policies that are there");
  return pin();
}

Status Run::pin() {
  if (!pins_) return {};
  std::vector<NamedMap> maps;
  for (const char* name : {"states", "policies", "deleted", "tc", "errors", "totals", "sites", "lost"})
    maps.push_back({name, tracer_->map_fd(name)});
  for (const std::string& p : pins_->pin(maps))
    status(p);
  return {};
}

Result<std::set<uint32_t>> Run::live_netns() {
  const auto list = list_netns(found_.netns_list, *memory_);
  if (!list) return tl::unexpected(list.error());
  std::set<uint32_t> inums;
  for (const LiveNetns& ns : *list)
    if (!ns.dying) inums.insert(ns.inum);
  return inums;
}

// Namespaces deleted during the snapshot are skipped.
void Run::mirror() {
  const auto there = live_netns();
  if (!there) return problem("states and policies that were there before are not known: " + there.error().text);
  const auto gaps = snapshot(*there);
  const auto alive = gaps.empty() ? there : live_netns();
  for (const SnapshotGap& gap : gaps) {
    if ((alive && !alive->contains(gap.inum)) || !unlisted_.insert(gap.inum).second) continue;
    problem(gap.text);
  }
}

// Everything is attached: the front needs no privileges any more, and this thread fewer. Fails if the front keeps its
// privileges, but not if a sandbox or the kernel has no seccomp filters. The order matters: no thread may change its
// user once it has its filter.
Status Run::give_up_privileges() {
  if (const Status given = to_front_.ask(give_up_all); !given)
    return fail("will not go on with more privileges than it needs: {}", given.error().text);
  lacking(keep_capabilities(capabilities_of_a_run(held_capabilities()), capabilities_in_reserve()));
  lacking(allow_only(Work::run));
  lacking(to_front_.ask([] { return allow_only(Work::front); }));
  return {};
}

} // namespace xs
