// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Attaches probes to sites, detaches everything, and reads what the programs know.
#include "tracer.hpp"
#include "kernel_side.hpp"
#include "tracer_impl.hpp"
#include "../model/loss.hpp"
#include "../sys/clock.hpp"
#include "../sys/map_row.hpp"

#include <algorithm>
#include <array>
#include <bpf/bpf.h>
#include <mutex>
#include <system_error>
#include <thread>

namespace xs {

Tracer::Tracer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tracer::Tracer(Tracer&&) noexcept = default;
Tracer& Tracer::operator=(Tracer&&) noexcept = default;
Tracer::~Tracer() {
  if (!impl_) return;
  detach_all();
  await_gone();
}

std::vector<AttachFailure> Tracer::attach(std::span<const Site> sites, std::span<const uint16_t> numbers) {
  std::vector<AttachFailure> failures;
  const auto type = kprobe_type();
  const int increment = bpf_program__fd(impl_->skeleton->progs.on_increment);
  const int loss = bpf_program__fd(impl_->skeleton->progs.on_loss);
  const int table = bpf_map__fd(impl_->skeleton->maps.sites);
  std::mutex guard;
  std::vector<uint16_t> missing;
  std::ranges::copy_if(numbers, std::back_inserter(missing),
                       [&](uint16_t number) { return !impl_->probes.contains(sites[number].address); });
  in_parallel(missing.size(), [&](size_t i) {
    const uint64_t address = sites[missing[i]].address, since = mono_ns();
    const bool lossy = is_loss(sites[missing[i]].counter);
    const site row = kernel_side(sites[missing[i]], missing[i]);
    Result<Fd> probe = !type ? tl::unexpected(type.error())
                       : update_row(table, &address, &row)
                           ? Result<Fd>(fail("cannot tell the kernel about it: {}", errno_text()))
                           : attach_kprobe(*type, address, lossy ? loss : increment);
    const std::lock_guard lock(guard);
    if (probe)
      impl_->probes.emplace(address, Impl::Probe{std::move(*probe), since, mono_ns(), lossy});
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
  for (const uint64_t address : addresses)
    delete_row(bpf_map__fd(impl_->skeleton->maps.sites), &address);
}

void Tracer::detach_gone(std::span<const uint64_t> addresses, uint64_t at_ns, bool loaded,
                         const std::function<bool(uint64_t)>& armed) {
  std::vector<uint64_t> gone;
  for (const uint64_t address : addresses) {
    const auto it = impl_->probes.find(address);
    if (it == impl_->probes.end() || it->second.since_ns >= at_ns) continue;
    const bool unsure = loaded || it->second.until_ns > at_ns; // attaching it may have taken the kernel long
    if (!unsure || !armed(address)) gone.push_back(address);
  }
  detach(gone);
}

// Hooks come first, since they wait for each other for 100 ms, then the sites: otherwise the kernel would delay the
// sites while kprobes on functions wait for the hooks.
Tracer::Impl::Detaching Tracer::Impl::all_attached() {
  auto& made = skeleton->links;
  Detaching out{std::exchange(links, {}), std::exchange(hook_links, {})};
  for (bpf_link** link : {&made.on_qdisc_destroyed, &made.on_module_load, &made.on_module_free})
    out.links.emplace_back(std::exchange(*link, nullptr));
  for (auto& [address, probe] : std::exchange(probes, {}))
    out.files.push_back(std::move(probe.event));
  std::ranges::move(std::exchange(mark_probes, {}), std::back_inserter(out.files));
  for (auto& [spec, probe] : std::exchange(hook_probes, {}))
    out.files.push_back(std::move(probe.event));
  return out;
}

// Closes all in parallel, so that their waits overlap.
void Tracer::Impl::Detaching::close() {
  in_parallel(links.size() + files.size(), [&](size_t i) {
    if (i < links.size())
      links[i].reset();
    else
      files[i - links.size()] = Fd();
  });
}

// The kernel closes a kprobe event only when no CPU runs a program any more.
void Tracer::detach_all() {
  if (!impl_->probes.empty()) impl_->probes.erase(impl_->probes.begin());
  const auto leaving = std::make_shared<Impl::Detaching>(impl_->all_attached());
  try {
    impl_->detaching = std::jthread([leaving] { leaving->close(); });
  } catch (const std::system_error&) { // no more threads are allowed
    leaving->close();
  }
}

void Tracer::await_gone() {
  if (impl_->detaching.joinable()) impl_->detaching.join();
}

void Tracer::open_gate() {
  impl_->skeleton->bss->tracing = true;
}

void Tracer::close_gate() {
  impl_->skeleton->bss->tracing = false;
  impl_->skeleton->bss->ended = true;
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

size_t Tracer::losses_attached() const {
  return static_cast<size_t>(std::ranges::count_if(impl_->probes, [](const auto& p) { return p.second.loss; }));
}

size_t Tracer::attached() const {
  return impl_->probes.size() - losses_attached();
}

namespace {

// All 0 for a program that is not loaded, and if the kernel refuses.
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
      add(impl_->program(shape, *hook.spec), hook.function());
  add(impl_->skeleton->progs.on_hooked, "hooked functions");
  return missed;
}

uint64_t Tracer::passed_over() const {
  return info_of(impl_->skeleton->progs.on_increment).recursion_misses;
}

const std::vector<std::pair<std::string, uint32_t>>& Tracer::verified() const {
  return impl_->verified;
}

size_t Tracer::calls_under_way() const {
  size_t n = 0;
  std::array<uint64_t, 2> call{}, next{}; // struct stash_key, struct operation_key
  for (const int map : {bpf_map__fd(impl_->skeleton->maps.stashed), bpf_map__fd(impl_->skeleton->maps.operations)})
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

// Runs a program that reads the object named by its arguments into the only row of a map. None: the object is gone.
template <class Row, size_t n> std::optional<Row> read_by(bpf_program* program, bpf_map* map, uint64_t (&&args)[n]) {
  LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));
  if (bpf_prog_test_run_opts(bpf_program__fd(program), &opts) || opts.retval) return {};
  Row out{};
  const uint32_t zero = 0;
  if (look_up_row(bpf_map__fd(map), &zero, &out)) return {};
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
