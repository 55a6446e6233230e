// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A run, from its start to its summary.
#include "run.hpp"

#include "../collect/requirements.hpp"
#include "../collect/snapshot.hpp"
#include "../decode/mirror.hpp"
#include "../diagnose/complete_evidence.hpp"
#include "../sys/clock.hpp"
#include "../sys/netns_words.hpp"
#include "../sys/privileges.hpp"
#include "../sys/system_calls.hpp"
#include "../sys/unpreempted.hpp"

#include <algorithm>
#include <bpf/libbpf.h>
#include <malloc.h>
#include <poll.h>
#include <sys/resource.h>

namespace xs {
namespace {

using namespace std::chrono_literals;

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

// The instructions that the verifier followed, by program.
std::string verifier_cost(const std::vector<std::pair<std::string, uint32_t>>& programs) {
  std::string out = "the verifier followed";
  for (const auto& [name, instructions] : programs)
    out += fmt::format(" {} {}", name, instructions);
  return out;
}

} // namespace

void Run::status(const std::string& text) {
  show([text](Front& front) { front.status(text); });
}

void Run::passing(const std::string& text) {
  show([text](Front& front) { front.passing(text); });
}

// With -v: what took how long.
void Run::phase(const char* what) {
  const auto now = Clock::now();
  if (options_.verbose) status(fmt::format("{:.3f} s {}", std::chrono::duration<double>(now - phase_).count(), what));
  phase_ = now;
}

// A start that was told to stop does not go on.
Status Run::heed() const {
  if (stop_.asked()) return fail("{}", kStoppedEarly);
  return {};
}

// Makes the run incomplete, unless it is about a module that goes: what that counted, the summary knows.
void Run::problem(const std::string& text, const std::string& module) {
  problems_.push_back({module, text});
  show([text](Front& front) { front.say(text); });
}

// Where the policy was looked for here, the kernel side could not know which SA of the secpath it refuses.
void Run::show_refused_state(Event& e) {
  const auto at = e.evidence ? e.evidence->secpath_at : std::nullopt;
  if (!at || !e.clues || !e.clues->secpath || *at >= e.clues->secpath->size()) return;
  const SecpathEntry& sa = (*e.clues->secpath)[*at];
  const auto& shown = e.evidence->state;
  if (shown && shown->proto == sa.proto && shown->spi == sa.spi && shown->dst == sa.dst) return;
  const auto reading = tracer_->read_state(sa.address);
  e.evidence->state.reset();
  if (!reading) return;
  e.evidence->state = decode_reading(*reading, e.real_ns - static_cast<int64_t>(e.mono_ns));
  e.evidence->state->netns = e.netns;
}

// What the kernel side leaves open, the mirror and the event itself may tell.
void Run::on_event(Event event) {
  complete_evidence(event);
  policies_.complete(event);
  show_refused_state(event);
  show([event = std::move(event)](Front& front) { front.event(event); });
}

// What this node can do, and what the options name.
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
    show([dir = pins_->dir()](Front& front) { front.claimed(dir); });
  }
  if (const Status netlink = load_xfrm_user(); !netlink) status(netlink.error().text);
  phase("looking at the node");
  return heed();
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
  passing(fmt::format("{} sites found", found_.sites.size()));
  phase("reading and resolving the kernel");
  if (Status stopped = heed(); !stopped) return stopped;
  if (Status loaded = load(); !loaded) return loaded;
  sites_.reserve(SITE_MAX); // events refer to it from now on
  attach(found_.sites);
  phase("attaching the sites");
  if (Status stopped = heed(); !stopped) return stopped;
  if (tracer_->attached() == 0) return fail("not one probe could be set; see xfrm-snap check");
  source_.emplace(*tracer_);
  session_.emplace(*source_, sites_, NetnsNames(found_.netns.front().inum), handlers());
  session_->set_unlisted(unlisted_);
  if (!options_.stack) found_.symbols = {};
  show([now = mono_ns()](Front& front) { front.begin(now); });
  Status started = session_->start([this] { return list_netns(found_.netns_list, *memory_); });
  phase("reading the kernel's counters");
  switches_->relax();
  return started ? give_up_privileges() : started;
}

Session::Handlers Run::handlers() {
  return {.event = [this](Event e) { on_event(std::move(e)); },
          .change = [this](const Change& c) { tell(c, std::visit([](const auto& x) { return x.netns; }, c.object)); },
          .defaults = [this](const DefaultsChange& c) { tell(c, c.netns); },
          .tc = [this](const TcChange& c) { tell(c, c.object.netns); },
          .gone =
              [this](NetnsCounters last) {
                if (front_.has_page()) show([last = std::move(last)](Front& front) { front.gone(last); });
              },
          .migrated = [this](uint32_t inum) { migrated_.insert(inum); },
          .module = [this](const std::string& m, bool loaded, uint64_t at) { on_module(m, loaded, at); },
          .symbolize = [this](uint64_t address) { return found_.symbols.describe(address); }};
}

// Loads the programs, sets the mirror's hooks, and lets them see what is there.
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
  if (Status stopped = heed(); !stopped) return stopped;
  if (options_.verbose) status(verifier_cost(tracer_->verified()));
  for (const Hook& hook : found_.hooks)
    if (const std::string p = hook_problem(hook); !p.empty())
      hook.spec->part == MirrorPart::tc ? status(p) : problem(p);
  for (const std::string& p : tracer_->attach_hooks(found_.marks))
    problem(p);
  phase("attaching the hooks");
  if (Status stopped = heed(); !stopped) return stopped;
  mirror();
  phase("listing the states and policies that are there");
  return pin();
}

// Once a second; more seldom where it takes long to read what the page shows, one part in 20 of the time at most.
void Run::refresh_page() {
  if (!front_.has_page()) return;
  show([](Front& front) { front.beat(); });
  const auto began = Clock::now();
  if (began < page_due_) return;
  const auto since_start = std::chrono::system_clock::now() - (began - started_);
  Gauges g{.kernel = found_.release,
           .sites_found = sites_.size(),
           .sites_attached = tracer_->attached(),
           .netns = session_->netns_count(),
           .states = tracer_->states(),
           .states_room = room_.max_states,
           .policies = tracer_->policies(),
           .policies_room = room_.max_policies,
           .packets_captured = 0, // the front knows
           .started_s = std::chrono::duration<double>(since_start.time_since_epoch()).count(),
           .losses = session_->losses()};
  show([g = std::move(g), kernel = session_->kernel_counters()](Front& front) { front.refresh(g, kernel); });
  page_due_ = began + std::max<Clock::duration>(1s, 20 * (Clock::now() - began));
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

// A netns that went meanwhile has nothing left to know.
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

// A guest can migrate its own policies as often as it likes: one part in 20 of the time is spent on that at most.
void Run::list_migrated() {
  const auto began = Clock::now();
  if (migrated_.empty() || !list_pace_.due(began)) return;
  const auto gaps = list_policies(std::exchange(migrated_, {}));
  const auto alive = live_netns();
  for (const SnapshotGap& gap : gaps)
    if (!alive || alive->contains(gap.inum)) problem(gap.text);
  list_pace_.done(began, Clock::now());
}

void Run::lacking(const Status& had) {
  show([had](Front& front) { front.lacking(had); });
}

// Everything is set: the front needs nothing any more, and this thread less. It does not go on where the front keeps
// what it had; where a sandbox or the kernel has no filters, it does. In this order: no thread may change its user once
// it has its own filter.
Status Run::give_up_privileges() {
  if (const Status given = to_front_.ask(give_up_all); !given)
    return fail("will not go on with more privileges than it needs: {}", given.error().text);
  lacking(keep_capabilities(capabilities_of_a_run(held_capabilities()), capabilities_in_reserve()));
  lacking(allow_only(Work::run));
  lacking(to_front_.ask([] { return allow_only(Work::front); }));
  return {};
}

void Run::ready() {
  malloc_trim(0); // types and code of the kernel are no longer needed
  refresh_page();
  if (options_.duration) stop_.after(std::chrono::duration<double>(*options_.duration));
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started_);
  const Ready r{found_.release,    sites_.size(),       tracer_->attached(), found_.netns.size(),
                tracer_->states(), tracer_->policies(), tracer_->tc(),       static_cast<uint64_t>(elapsed.count())};
  show([r](Front& front) { front.ready(r); });
}

bool Run::over() const {
  return !to_front_.served() || front_.unread() || tracer_->at_limit() || stop_.asked();
}

// Where records come fast, some are let come together: each time that this thread and the front's are woken costs as
// much as the line of an error. Few of them are far from filling the ring buffer.
void Run::let_gather(size_t received) const {
  constexpr size_t kMany = 64;
  constexpr timespec kWhile{.tv_sec = 0, .tv_nsec = 500'000};
  pollfd stop{stop_.fd(), POLLIN, 0};
  if (received && received < kMany) ppoll(&stop, 1, &kWhile, nullptr);
}

void Run::loop() {
  auto flushed = Clock::now();
  while (!over()) {
    pollfd wait[] = {{stop_.fd(), POLLIN, 0}, {session_->fd(), POLLIN, 0}};
    poll(wait, 2, static_cast<int>(session_->patience().count()));
    const size_t received = session_->receive();
    attach_late();
    attach_late_hooks();
    list_migrated();
    if (Clock::now() - flushed >= 1s) {
      session_->flush();
      refresh_page();
      flushed = Clock::now();
    }
    let_gather(received);
  }
}

// The pins go first: nobody may be left to take them away.
void Run::end() {
  phase("tracing");
  pins_.reset();
  switches_->hurry();
  Summary summary = session_->finish();
  phase("detaching and adding up");
  for (const Problem& p : problems_)
    summary.problems.push_back(p.text);
  if (missed(summary))
    for (const std::string& sentence : switches_->unturned())
      summary.problems.push_back(
          fmt::format("increments of an interrupt that comes while a probe is at work are passed over where probes are "
                      "optimized: {}",
                      sentence));
  summary.complete &= problems_.empty();
  show([s = std::move(summary), lost = tracer_->bytes_lost()](Front& front) { front.end(s, lost); });
}

namespace {

// Among many processes that want the processor this thread has to keep pace with the kernel, or the ring buffer gets
// full. What it hands on is judged and printed at the usual priority, and holds it up where that takes too long.
void hurry_this_thread() {
  constexpr int kNice = -10;
  setpriority(PRIO_PROCESS, 0, kNice); // of this thread, where it may
}

} // namespace

int Run::run() {
  hurry_this_thread();
  if (const Status begun = begin(); !begun) {
    show([why = stop_.asked() ? kStoppedEarly : begun.error().text](Front& front) { front.say(why); });
    return stop_.asked() ? 0 : 1;
  }
  ready();
  loop();
  end();
  return 0;
}

} // namespace xs
