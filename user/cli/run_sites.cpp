// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Numbers and attaches sites, also those of modules that are loaded during the run.
#include "run.hpp"

#include "../collect/kallsyms.hpp"
#include "../model/loss.hpp"
#include "../sys/privileges.hpp"
#include "../sys/kernel_abi.hpp"

#include <algorithm>
#include <array>

namespace xs {

// Attaches all at once; on a terminal in parts, to show progress.
std::vector<AttachFailure> Run::attach(std::span<const uint16_t> numbers) {
  const size_t part = front_.interactive() ? 16 : std::max<size_t>(numbers.size(), 1);
  std::vector<AttachFailure> failures;
  for (size_t at = 0; at < numbers.size(); at += part) {
    const auto some = numbers.subspan(at, std::min(part, numbers.size() - at));
    std::ranges::move(tracer_->attach(sites_, some), std::back_inserter(failures));
    transient_status(fmt::format("{} of {} sites attached", at + some.size(), numbers.size()));
  }
  return failures;
}

// Numbers these sites. Sites of a module that is loaded again get their old numbers.
std::vector<uint16_t> Run::number(const std::vector<Site>& found) {
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

void Run::attach(const std::vector<Site>& found) {
  for (const AttachFailure& f : attach(number(found))) {
    const auto site = std::ranges::find(found, f.address, &Site::address);
    const std::string text =
        fmt::format("no probe on {}+{:#x} ({}): {}", site->function, site->offset, heading(site->counter), f.reason);
    is_loss(site->counter) ? status(text) : problem(text, site->module);
  }
}

bool Run::tells(uint8_t loss) const {
  const LossKind* kind = loss_kind(loss);
  return kind && (!kind->after_decryption || options_.after_decryption);
}

// A failure makes nothing incomplete: no counter counts losses.
void Run::attach_losses(std::vector<Site> found) {
  std::erase_if(found, [this](const Site& site) { return !tells(site.counter); });
  attach(found);
}

size_t Run::increments() const {
  return static_cast<size_t>(std::ranges::count_if(sites_, [](const Site& s) { return !is_loss(s.counter); }));
}

// Keeps probes of a later incarnation that already exists when the event is read. The kernel fails to free an optimized
// probe that is removed just before its module is unloaded, and then refuses any other probe at that address until the
// next boot.
void Run::on_module(const std::string& module, bool loaded, uint64_t at) {
  const auto hooked = [&](const Hook& h) { return h.spec->module && module == h.spec->module; };
  if (std::ranges::any_of(found_.hooks, hooked)) {
    tracer_->detach_module(module, at);
    if (loaded) late_hooks_.insert(module);
  }
  const auto listed = [&](const auto& place) { return place.module && module == place.module; };
  const auto told = [&](const ListedLoss& l) { return listed(l) && tells(l.kind); };
  if (!std::ranges::any_of(probe_list(), listed) && !std::ranges::any_of(loss_list(), told)) return;
  std::vector<uint64_t> gone;
  for (const Site& s : sites_)
    if (s.module == module) gone.push_back(s.address);
  tracer_->detach_gone(gone, at, loaded, [&](uint64_t address) {
    std::array<uint8_t, 4> text{};
    return memory_->read_object(address, text) && is_probe(this_abi(), text);
  });
  if (loaded) {
    late_.insert(module);
    return;
  }
  late_.erase(module);
  std::erase_if(problems_, [&](const Problem& p) { return p.module == module; });
}

void Run::attach_late_hooks() {
  if (late_hooks_.empty()) return;
  const ReserveInUse reserve;
  const auto symbols = read_kallsyms();
  for (const std::string& module : std::exchange(late_hooks_, {})) {
    if (!symbols) return problem(fmt::format("module {} was loaded, but {}", module, symbols.error().text));
    KernelBtf none;
    const auto hooks = find_hooks(*symbols, none);
    if (!hooks) return problem(fmt::format("module {} was loaded, but {}", module, hooks.error().text));
    for (const std::string& p : tracer_->attach_module(module, *hooks))
      problem(p);
  }
}

void Run::attach_late() {
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
    attach_losses(std::move(found->losses.sites));
    status(fmt::format("module {} was loaded: {} more sites", module, found->sites.size()));
  }
}

} // namespace xs
