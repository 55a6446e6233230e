// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Runs the main loop of a run, and ends it.
#include "run.hpp"

#include "../collect/snapshot.hpp"
#include "../decode/mirror.hpp"
#include "../diagnose/complete_evidence.hpp"
#include "../sys/clock.hpp"
#include "../sys/unpreempted.hpp"

#include <algorithm>
#include <malloc.h>
#include <poll.h>
#include <sys/resource.h>

namespace xs {

using namespace std::chrono_literals;

void Run::status(const std::string& text) {
  post([text](Frontend& front) { front.status(text); });
}

void Run::transient_status(const std::string& text) {
  post([text](Frontend& front) { front.transient_status(text); });
}

// With -v: prints how long the phase took.
void Run::phase(const char* what) {
  const auto now = Clock::now();
  if (options_.verbose) status(fmt::format("{:.3f} s {}", std::chrono::duration<double>(now - phase_).count(), what));
  phase_ = now;
}

// Fails if the run was told to stop.
Status Run::not_stopped() const {
  if (stop_.asked()) return fail("{}", kStoppedEarly);
  return {};
}

// Makes the run incomplete, unless it is about a module that is unloaded: the summary accounts for that.
void Run::problem(const std::string& text, const std::string& module) {
  problems_.push_back({module, text});
  post([text](Frontend& front) { front.warn(text); });
}

// If the policy was found here, the BPF side could not know which SA of the secpath it refuses.
void Run::show_refused_state(Event& e) {
  const auto at = e.evidence ? e.evidence->secpath_at : std::nullopt;
  if (!at || !e.packet_evidence || !e.packet_evidence->secpath || *at >= e.packet_evidence->secpath->size()) return;
  const SecpathEntry& sa = (*e.packet_evidence->secpath)[*at];
  const auto& shown = e.evidence->state;
  if (shown && shown->proto == sa.proto && shown->spi == sa.spi && shown->dst == sa.dst) return;
  const auto reading = tracer_->read_state(sa.address);
  e.evidence->state.reset();
  if (!reading) return;
  e.evidence->state = decode_reading(*reading, e.real_ns - static_cast<int64_t>(e.mono_ns));
  e.evidence->state->netns = e.netns;
}

// Completes the event from the mirror and from itself where the BPF side left something open.
void Run::on_event(Event&& event) {
  complete_evidence(event);
  policies_.complete(event);
  states_.complete(event);
  show_refused_state(event);
  session_->name_devices(event);
  post([kept = std::make_shared<const Event>(std::move(event))](Frontend& front) { front.event(*kept); });
}

Session::Handlers Run::handlers() {
  return {.event = [this](Event&& e) { on_event(std::move(e)); },
          .change = [this](const Change& c) { tell(c, std::visit([](const auto& x) { return x.netns; }, c.object)); },
          .defaults = [this](const DefaultsChange& c) { tell(c, c.netns); },
          .tc = [this](const TcChange& c) { tell(c, c.object.netns); },
          .gone =
              [this](NetnsCounters last) {
                if (front_.has_page()) post([last = std::move(last)](Frontend& front) { front.gone(last); });
              },
          .merged = [this](const Netns& netns) { post([netns](Frontend& front) { front.merged(netns); }); },
          .migrated = [this](uint32_t inum) { migrated_.insert(inum); },
          .module = [this](const std::string& m, bool loaded, uint64_t at) { on_module(m, loaded, at); },
          .symbolize = [this](uint64_t address) { return found_.symbols.describe(address); }};
}

// Refreshes once a second; less often if reading the numbers takes long: at most a twentieth of the time.
void Run::refresh_page() {
  if (!front_.has_page()) return;
  post([](Frontend& front) { front.heartbeat(); });
  const auto began = Clock::now();
  if (began < page_due_) return;
  const auto since_start = std::chrono::system_clock::now() - (began - started_);
  Gauges g{.kernel = found_.release,
           .sites_found = increments(),
           .sites_attached = tracer_->attached(),
           .netns = session_->netns_count(),
           .states = tracer_->states(),
           .states_room = room_.max_states,
           .policies = tracer_->policies(),
           .policies_room = room_.max_policies,
           .packets_captured = 0, // filled in by the front
           .started_s = std::chrono::duration<double>(since_start.time_since_epoch()).count(),
           .losses = session_->losses()};
  post([g = std::move(g), kernel = session_->kernel_counters()](Frontend& front) { front.refresh(g, kernel); });
  page_due_ = began + std::max<Clock::duration>(1s, 20 * (Clock::now() - began));
}

// A container can migrate its own policies as often as it likes: at most a twentieth of the time is spent on that.
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
  post([had](Frontend& front) { front.lacking(had); });
}

void Run::ready() {
  malloc_trim(0); // types and code of the kernel are no longer needed
  refresh_page();
  if (options_.duration) stop_.after(std::chrono::duration<double>(*options_.duration));
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started_);
  const Ready r{.kernel = found_.release,
                .found = increments(),
                .attached = tracer_->attached(),
                .losses_found = sites_.size() - increments(),
                .losses_attached = tracer_->losses_attached(),
                .netns = found_.netns.size(),
                .states = tracer_->states(),
                .policies = tracer_->policies(),
                .tc = tracer_->tc(),
                .elapsed_ms = static_cast<uint64_t>(elapsed.count())};
  post([r](Frontend& front) { front.ready(r); });
}

bool Run::over() const {
  return !to_front_.served() || front_.unread() || tracer_->at_limit() || stop_.asked();
}

// Lets records accumulate while they come fast: waking this thread and the front's costs as much as printing an error.
// The few that accumulate do not fill the ring buffer.
void Run::let_accumulate(size_t received) const {
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
    let_accumulate(received);
  }
}

// Removes the pins first, since the process may be killed. The summary does not wait until probes are detached.
void Run::end() {
  phase("tracing");
  pins_.reset();
  switches_->hurry();
  Summary summary = session_->finish();
  phase("adding up");
  for (const Problem& p : problems_)
    summary.problems.push_back(p.text);
  if (missed(summary))
    for (const std::string& sentence : switches_->unturned())
      summary.problems.push_back(
          fmt::format("increments of an interrupt that comes while a probe is at work are passed over where probes are "
                      "optimized: {}",
                      sentence));
  summary.complete &= problems_.empty();
  post([s = std::move(summary), lost = tracer_->bytes_lost()](Frontend& front) { front.end(s, lost); });
  tracer_->await_gone();
  phase("detaching");
}

namespace {

// On a busy machine this thread has to keep pace with the kernel, or the ring buffer fills up. Events are judged and
// printed at the usual priority, which delays this thread if it takes too long. It stays below the interrupt threads of
// PREEMPT_RT: at 51 more lines were lost in a flood sent by one of them (2,571 of 8,000 instead of 1,766), and the
// network would have to wait for it.
void raise_thread_priority() {
  constexpr int kNice = -10;
  setpriority(PRIO_PROCESS, 0, kNice); // of this thread, if permitted
}

} // namespace

int Run::run() {
  raise_thread_priority();
  if (const Status begun = begin(); !begun) {
    post([why = stop_.asked() ? kStoppedEarly : begun.error().text](Frontend& front) { front.warn(why); });
    return stop_.asked() ? 0 : 1;
  }
  ready();
  loop();
  end();
  return 0;
}

} // namespace xs
