// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The main command: finds the sites, attaches, prints events until told to stop, then the summary.
#include "commands.hpp"
#include "known_policies.hpp"
#include "metrics_page.hpp"
#include "pcap_file.hpp"
#include "reporter.hpp"
#include "stop.hpp"

#include "../attach/tracer.hpp"
#include "../collect/finder.hpp"
#include "../collect/pins.hpp"
#include "../collect/requirements.hpp"
#include "../collect/session.hpp"
#include "../collect/snapshot.hpp"
#include "../diagnose/policy_match.hpp"
#include "../sys/clock.hpp"
#include "../sys/expedite.hpp"
#include "../sys/kallsyms.hpp"
#include "../sys/memlock_account.hpp"
#include "../sys/netns_words.hpp"
#include "../sys/privileges.hpp"
#include "../sys/unpreempted.hpp"

#include <algorithm>
#include <bpf/libbpf.h>
#include <malloc.h>
#include <memory>
#include <chrono>
#include <cstdio>
#include <poll.h>
#include <set>

namespace xs {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

struct Problem {
  std::string module; // that it is about; empty: none
  std::string text;
};

class Trace {
public:
  explicit Trace(const Options& options) : options_(options), stop_(stop_signals()), out_(options) {}
  int run();

private:
  const Options& options_;
  std::optional<ExpeditedGracePeriods> hurry_; // until all probes are gone
  const Fd stop_;
  const Clock::time_point started_ = Clock::now();
  Clock::time_point phase_ = started_;
  Clock::time_point ready_;
  std::optional<KernelMemory> memory_;
  Found found_;
  std::vector<Site> sites_; // by the id that events carry
  std::optional<Tracer> tracer_;
  std::optional<Session> session_;
  std::optional<Pins> pins_;
  std::set<uint32_t> wanted_;    // netns, by inode number; empty: all
  std::set<uint32_t> unlisted_;  // netns that were not listed
  bool memlock_charged_ = false; // for BPF's memory
  bool migrated_ = false;        // policies are to be listed again
  std::vector<Problem> problems_;
  std::set<std::string> late_hooks_; // modules with hooks that were loaded
  std::set<std::string> late_;       // modules that were loaded and are not attached yet
  KnownPolicies policies_;
  std::optional<PcapFile> pcap_;
  std::unique_ptr<MetricsPage> page_;
  TracerOptions room_; // what was asked of the kernel
  Reporter out_;

  Status begin();
  template <class Load> auto charged_apart(Load&& load_bpf) const {
    const MemlockAccount account(memlock_charged_);
    return load_bpf();
  }
  Status load();
  Status open_pcap();
  void close_pcap();
  Status open_page();
  void give_up_privileges();
  void refresh_page();
  Status pin();
  void mirror();
  std::set<uint32_t> live_netns();
  std::vector<uint16_t> number(const std::vector<Site>& found);
  std::vector<AttachFailure> attach(std::span<const uint16_t> numbers);
  void attach(const std::vector<Site>& found);
  void on_event(const Event& event);
  void on_module(const std::string& module, bool loaded, uint64_t at);
  void attach_late();
  void attach_late_hooks();
  void print(const std::string& text) { out_.print(text); }
  void report(const Event& event);
  template <class Change> void tell(const Change& change, const Netns& netns) {
    if (wanted_.empty() || (netns.inum && wanted_.contains(*netns.inum))) out_.change(change);
  }
  void status(const std::string& text);
  void phase(const char* what);
  void problem(const std::string& text, const std::string& module = {});
  void ready();
  void loop();
  bool over() const;
  int end();
};

TracerOptions tracer_options(const Options& o, const std::set<uint32_t>& netns, const Found& found,
                             const XfrmCounts& there) {
  TracerOptions out;
  out.rate = o.rate;
  out.limit = o.count.value_or(0);
  out.max_errors = o.max_errors;
  out.stack = o.stack;
  out.per_cpu_offsets = found.per_cpu.offsets;
  out.preempt_count_at = found.per_cpu.preempt_count;
  out.hold_cpu = found.per_cpu.hold;
  out.counters = found.counters;
  out.hooks = found.hooks;
  out.changes = o.changes;
  out.capture = !o.pcap.empty();
  out.measure = o.verbose;
  out.only = o.only;
  out.netns = netns;
  out.growing = found.growing_maps;
  out.types = found.types.get();
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

void Trace::status(const std::string& text) {
  if (!options_.quiet) out_.say(text);
}

// With -v: what took how long.
void Trace::phase(const char* what) {
  const auto now = Clock::now();
  if (options_.verbose) status(fmt::format("{:.3f} s {}", std::chrono::duration<double>(now - phase_).count(), what));
  phase_ = now;
}

// Makes the run incomplete, unless it is about a module that goes: what that counted, the summary knows.
void Trace::problem(const std::string& text, const std::string& module) {
  problems_.push_back({module, text});
  out_.say(text);
}

// All at once; or, where somebody looks on, in parts.
std::vector<AttachFailure> Trace::attach(std::span<const uint16_t> numbers) {
  const size_t part = out_.interactive() ? 16 : std::max<size_t>(numbers.size(), 1);
  std::vector<AttachFailure> failures;
  for (size_t at = 0; at < numbers.size(); at += part) {
    const auto some = numbers.subspan(at, std::min(part, numbers.size() - at));
    std::ranges::move(tracer_->attach(sites_, some), std::back_inserter(failures));
    out_.passing(fmt::format("{} of {} sites attached", at + some.size(), numbers.size()));
  }
  return failures;
}

// The numbers of these sites. Those of a module that comes back get the ones that they had.
std::vector<uint16_t> Trace::number(const std::vector<Site>& found) {
  std::vector<uint16_t> numbers;
  size_t without = 0;
  for (const Site& one : found) {
    const auto same = std::ranges::find_if(sites_, [&](const Site& known) {
      return !one.module.empty() && known.module == one.module && known.function == one.function &&
             known.offset == one.offset && std::ranges::count(numbers, &known - sites_.data()) == 0;
    });
    if (same == sites_.end() && sites_.size() == SITE_MAX) {
      without++;
      continue;
    }
    numbers.push_back(static_cast<uint16_t>(same - sites_.begin()));
    if (same == sites_.end())
      sites_.push_back(one);
    else
      *same = one;
  }
  if (without) problem(fmt::format("no room for {} more sites", without));
  return numbers;
}

void Trace::attach(const std::vector<Site>& found) {
  for (const AttachFailure& f : attach(number(found))) {
    const auto site = std::ranges::find(found, f.address, &Site::address);
    problem(fmt::format("no probe on {}+{:#x} ({}): {}", site->function, site->offset, counter_name(site->counter),
                        f.reason),
            site->module);
  }
}

// Where the compiled kernel does not say which policy it was, the mirror may.
void Trace::on_event(const Event& event) {
  if (!wants_policy(event)) return report(event);
  Event with_policy = event;
  if (auto found = policies_.of(event, *tracer_)) with_policy.evidence->policy = std::move(found);
  report(with_policy);
}

// Of x86: int3, and the jump that takes its place when the kernel has optimized the probe.
bool is_probe(uint8_t opcode) {
  return opcode == 0xcc || opcode == 0xe9;
}

// Probes of a later incarnation, which was there when the event was read, stay: a kernel forgets to free an optimized
// probe that is taken away a moment before its module goes, and lets nobody set another one at that address until it
// boots again.
void Trace::on_module(const std::string& module, bool loaded, uint64_t at) {
  const auto hooked = [&](const HookSpec& h) { return h.module && module == h.module; };
  if (std::ranges::any_of(hook_specs(), hooked)) {
    tracer_->detach_module(module, at);
    if (loaded) late_hooks_.insert(module);
  }
  const auto listed = [&](const ListedProbe& p) { return p.module && module == p.module; };
  if (!std::ranges::any_of(probe_list(), listed)) return;
  std::vector<uint64_t> gone;
  for (const Site& s : sites_)
    if (s.module == module) gone.push_back(s.address);
  tracer_->detach_gone(gone, at, loaded, [&](uint64_t address) {
    uint8_t opcode = 0;
    return memory_->read_object(address, opcode) && is_probe(opcode);
  });
  if (loaded) {
    late_.insert(module);
    return;
  }
  late_.erase(module);
  std::erase_if(problems_, [&](const Problem& p) { return p.module == module; });
}

void Trace::attach_late_hooks() {
  if (late_hooks_.empty()) return;
  const ReserveInUse reserve;
  const auto symbols = read_kallsyms();
  for (const std::string& module : std::exchange(late_hooks_, {})) {
    if (!symbols) return problem(fmt::format("module {} was loaded, but {}", module, symbols.error().text));
    for (const std::string& p : tracer_->attach_module(module, find_hooks(*symbols, nullptr)))
      problem(p);
  }
}

void Trace::attach_late() {
  if (late_.empty()) return;
  const ReserveInUse reserve;
  for (const std::string& module : std::exchange(late_, {})) {
    auto found = find(*memory_, module);
    if (!found) {
      problem(fmt::format("module {} was loaded, but {}", module, found.error().text), module);
      continue;
    }
    for (const std::string& p : found->problems)
      problem(p, module);
    found_.symbols = std::move(found->symbols);
    attach(found->sites);
    status(fmt::format("module {} was loaded: {} more sites", module, found->sites.size()));
  }
}

Status Trace::begin() {
  const ExpeditedGracePeriods hurry;
  Unpreempted::allow();
  const Node node = look_at_node();
  const auto requirements = judge(node);
  if (Status able = first_failure(requirements); !able) return able;
  for (const std::string& lesser : lesser_abilities(requirements))
    status(lesser);
  memlock_charged_ = node.memlock_charged.value_or(false);
  auto wanted = netns_inums(options_.netns);
  if (!wanted) return tl::unexpected(wanted.error());
  wanted_ = std::move(*wanted);
  if (Status opened = open_pcap(); !opened) return opened;
  if (Status opened = open_page(); !opened) return opened;
  auto claimed = claim_pins(options_.pin);
  if (!claimed) return tl::unexpected(claimed.error());
  for (const std::string& note : claimed->notes)
    status(note);
  if (claimed->pins) pins_.emplace(std::move(*claimed->pins));
  if (const Status netlink = load_xfrm_user(); !netlink) status(netlink.error().text);
  phase("looking at the node");
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
  out_.passing(fmt::format("{} sites found", found_.sites.size()));
  phase("reading and resolving the kernel");
  if (Status loaded = load(); !loaded) return loaded;
  sites_.reserve(SITE_MAX); // events refer to it from now on
  attach(found_.sites);
  phase("attaching the sites");
  if (tracer_->attached() == 0) return fail("not one probe could be set; see xfrm-snap check");
  session_.emplace(
      *tracer_, sites_, found_.netns.front().inum,
      Session::Handlers{
          .event = [this](const Event& e) { on_event(e); },
          .change = [this](const Change& c) { tell(c, std::visit([](const auto& x) { return x.netns; }, c.object)); },
          .defaults = [this](const DefaultsChange& c) { tell(c, c.netns); },
          .tc = [this](const TcChange& c) { tell(c, c.object.netns); },
          .migrated = [this] { migrated_ = true; },
          .module = [this](const std::string& m, bool loaded, uint64_t at) { on_module(m, loaded, at); },
          .symbolize = [this](uint64_t address) { return found_.symbols.describe(address); }});
  session_->set_unlisted(unlisted_);
  if (!options_.stack) found_.symbols = {};
  out_.begin(mono_ns());
  Status started = session_->start([this] { return list_netns(found_.netns_list, *memory_); });
  phase("reading the kernel's counters");
  return started;
}

// Loads the programs, sets the mirror's hooks, and lets them see what is there.
Status Trace::load() {
  room_ = tracer_options(options_, wanted_, found_, count_objects(live_netns()));
  auto tracer = charged_apart([this] { return Tracer::load(room_); });
  found_.types.reset();
  room_.types = nullptr;
  if (!tracer) return tl::unexpected(tracer.error());
  tracer_ = std::move(*tracer);
  phase("loading the tracing programs");
  if (options_.verbose) status(verifier_cost(tracer_->verified()));
  for (const Hook& hook : found_.hooks)
    if (const std::string p = hook_problem(hook); !p.empty())
      hook.spec->part == MirrorPart::tc ? status(p) : problem(p);
  for (const std::string& p : tracer_->attach_hooks(found_.marks))
    problem(p);
  phase("attaching the hooks");
  mirror();
  phase("listing the states and policies that are there");
  return pin();
}

Status Trace::open_pcap() {
  if (options_.pcap.empty()) return {};
  auto file = PcapFile::open(options_.pcap);
  if (!file) return tl::unexpected(file.error());
  pcap_ = std::move(*file);
  return {};
}

void Trace::close_pcap() {
  if (!pcap_) return;
  const uint64_t lost = tracer_->bytes_lost();
  status(fmt::format("{} packets written to {}", pcap_->packets(), pcap_->name()));
  if (lost) fmt::print(stderr, "xfrm-snap: {} packets found the ring buffer full and are not in the file\n", lost);
}

// Everything is set. Where a sandbox does not let it, the run goes on with what it has.
void Trace::give_up_privileges() {
  const Status kept = keep_capabilities(capabilities_of_a_run(held_capabilities()), capabilities_in_reserve());
  for (const Status& done : {kept, restrict_system_calls()})
    if (!done) status(done.error().text);
}

Status Trace::open_page() {
  if (options_.metrics.empty()) return {};
  auto page = MetricsPage::open(options_.metrics);
  if (!page) return tl::unexpected(page.error());
  page_ = std::move(*page);
  status(fmt::format("metrics on port {}", page_->port()));
  return {};
}

void Trace::refresh_page() {
  if (!page_) return;
  page_->beat();
  if (!page_->due()) return;
  const auto began = Clock::now();
  const auto since_start = std::chrono::system_clock::now() - (began - started_);
  Gauges g{.kernel = found_.release,
           .sites_found = sites_.size(),
           .sites_attached = tracer_->attached(),
           .netns = session_->netns_count(),
           .states = tracer_->states(),
           .states_room = room_.max_states,
           .policies = tracer_->policies(),
           .policies_room = room_.max_policies,
           .packets_captured = pcap_ ? pcap_->packets() : 0,
           .started_s = std::chrono::duration<double>(since_start.time_since_epoch()).count(),
           .losses = session_->losses()};
  page_->refresh(g, session_->kernel_counters(), began);
}

void Trace::report(const Event& event) {
  const Finding finding = out_.event(event);
  if (page_) page_->add(event, finding);
  if (!pcap_) return;
  if (const Status written = pcap_->write(event, finding); !written) out_.say(written.error().text);
}

Status Trace::pin() {
  if (!pins_) return {};
  std::vector<NamedMap> maps;
  for (const char* name : {"states", "policies", "deleted", "tc", "errors", "totals", "sites", "lost"})
    maps.push_back({name, tracer_->map_fd(name)});
  for (const std::string& p : pins_->pin(maps))
    status(p);
  return {};
}

std::set<uint32_t> Trace::live_netns() {
  std::set<uint32_t> inums;
  if (const auto list = list_netns(found_.netns_list, *memory_))
    for (const LiveNetns& ns : *list)
      if (!ns.dying) inums.insert(ns.inum);
  return inums;
}

// A netns that went meanwhile has nothing left to know.
void Trace::mirror() {
  const auto gaps = snapshot(live_netns());
  const auto alive = gaps.empty() ? std::set<uint32_t>{} : live_netns();
  for (const SnapshotGap& gap : gaps) {
    if (!alive.contains(gap.inum) || !unlisted_.insert(gap.inum).second) continue;
    problem(gap.text);
  }
}

void Trace::ready() {
  malloc_trim(0); // types and code of the kernel are no longer needed
  ready_ = Clock::now();
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(ready_ - started_);
  const Ready r{found_.release,    sites_.size(),       tracer_->attached(), found_.netns.size(),
                tracer_->states(), tracer_->policies(), tracer_->tc(),       static_cast<uint64_t>(elapsed.count())};
  if (options_.json) return print(line(to_json(r)));
  status(fmt::format(
      "kernel {}: {} of {} sites attached, {} netns, {} states, {} policies, {} of tc, ready after {:.2f} s; "
      "Ctrl-C ends",
      r.kernel, r.attached, r.found, r.netns, r.states, r.policies, r.tc, static_cast<double>(r.elapsed_ms) / 1000));
}

bool Trace::over() const {
  const auto ran = std::chrono::duration<double>(Clock::now() - ready_).count();
  return out_.closed() || (pcap_ && pcap_->reader_left()) || tracer_->at_limit() ||
         (options_.duration && ran >= *options_.duration);
}

void Trace::loop() {
  auto flushed = Clock::now();
  refresh_page();
  if (page_) page_->set_ready();
  while (!over()) {
    pollfd wait[] = {{stop_.get(), POLLIN, 0}, {session_->fd(), POLLIN, 0}};
    poll(wait, 2, static_cast<int>(session_->patience().count()));
    session_->receive();
    attach_late();
    attach_late_hooks();
    if (std::exchange(migrated_, false)) mirror();
    out_.look();
    out_.tick(mono_ns());
    if (Clock::now() - flushed >= 1s) {
      session_->flush();
      refresh_page();
      flushed = Clock::now();
    }
    if (wait[0].revents) return;
  }
}

int Trace::end() {
  phase("tracing");
  hurry_.emplace();
  Summary summary = session_->finish();
  phase("detaching and adding up");
  for (const Problem& p : problems_)
    summary.problems.push_back(p.text);
  summary.complete &= problems_.empty();
  out_.summary(std::move(summary));
  close_pcap();
  return std::max(out_.exit_code(), pcap_ && pcap_->failed() ? 1 : 0);
}

int Trace::run() {
  const Status begun = begin();
  if (!begun) {
    fmt::print(stderr, "xfrm-snap: {}\n", begun.error().text);
    return 1;
  }
  give_up_privileges();
  ready();
  loop();
  return end();
}

int silent(enum libbpf_print_level, const char*, va_list) {
  return 0;
}

} // namespace

void quiet_libbpf(const Options& options) {
  if (!options.verbose) libbpf_set_print(silent);
}

int run_trace(const Options& options) {
  quiet_libbpf(options);
  return Trace(options).run();
}

} // namespace xs
