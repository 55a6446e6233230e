// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Compares sites with the list row by row.
#include "audit.hpp"
#include "../model/joined.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace xs {
namespace {

// Calls `visit` with each word between blanks.
template <class Visit> void each_word(std::string_view text, Visit&& visit) {
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (!word.empty()) visit(word);
  }
}

unsigned number(std::string_view text) {
  unsigned out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

std::pair<unsigned, unsigned> major_minor(std::string_view version) {
  const size_t dot = version.find('.');
  return {number(version), dot == version.npos ? 0 : number(version.substr(dot + 1))};
}

bool in_module(const ListedProbe& row, std::string_view module) {
  return module.empty() || (row.module && module == row.module);
}

class Auditor {
public:
  Auditor(std::span<const Site> sites, const KernelFacts& kernel, const SourceList& list)
      : sites_(sites), kernel_(kernel), list_(list), version_(nearest_version(kernel.release, list)) {}

  Audit run() {
    Audit out;
    out.version = version_;
    for (size_t i = 0; i < sites_.size(); i++)
      add_site(out, i);
    for (const ListedProbe& row : list_.probes)
      add_row(out, row);
    for (const std::string& name : counter_names())
      out.counters.push_back(counter(name, out.absent));
    return out;
  }

private:
  std::span<const Site> sites_;
  const KernelFacts& kernel_;
  const SourceList& list_;
  const std::string version_;

  // True if the kernel has the row's function, or a part of it, under its own name.
  bool exists(const ListedProbe& row, std::string_view name) const {
    return std::ranges::any_of(
        kernel_.functions, [&](const Symbol& s) { return source_name(s.name) == name && in_module(row, s.module); });
  }

  // True if the compiler may have put the row's increments into `function`, given what else is there.
  bool may_hold(const ListedProbe& row, std::string_view function) const {
    if (row.function == function) return true;
    return !exists(row, row.function) && std::ranges::any_of(list_.inlines, [&](const ListedInline& i) {
      return i.function == row.function && i.caller == function && std::string_view(i.file) == row.file;
    });
  }

  bool counts(const ListedProbe& row, const Site& s) const {
    return in_module(row, s.module) && (row.counter == "*" || row.counter == counter_name(s.counter)) &&
           may_hold(row, source_name(s.function));
  }

  void add_site(Audit& out, size_t index) const {
    const Site& s = sites_[index];
    const std::string name(source_name(s.function));
    auto at = std::ranges::find_if(out.functions,
                                   [&](const AuditedFunction& f) { return f.name == name && f.module == s.module; });
    if (at == out.functions.end()) at = out.functions.insert(at, new_function(name, s.module));
    at->sites.push_back(index);
    if (std::ranges::none_of(list_.probes, [&](const ListedProbe& row) { return counts(row, s); }))
      at->unlisted.push_back(index);
  }

  AuditedFunction new_function(const std::string& name, const std::string& module) const {
    AuditedFunction out{.name = name, .module = module, .file = {}, .sites = {}, .unlisted = {}};
    for (const ListedProbe& row : list_.probes) {
      if (!in_module(row, module) || !may_hold(row, name)) continue;
      if (out.file.empty() || row.function == name) out.file = row.file;
      if (missing_option(row).empty()) out.in_source += times_in(row.times, version_);
    }
    return out;
  }

  void add_row(Audit& out, const ListedProbe& row) const {
    if (std::ranges::any_of(sites_, [&](const Site& s) { return counts(row, s); }) || other_row(row)) return;
    out.absent.push_back(explain(row));
  }

  // True if the list words the same increment again, for the version that counts or as a row before this one.
  bool other_row(const ListedProbe& row) const {
    return std::ranges::any_of(list_.probes, [&](const ListedProbe& other) {
      const bool same =
          std::string_view(other.file) == row.file && other.function == row.function && other.counter == row.counter;
      const bool better = times_in(other.times, version_) && !times_in(row.times, version_);
      const bool before = times_in(other.times, version_) == times_in(row.times, version_) && &other < &row;
      return same && (better || before);
    });
  }

  // The first option that the row needs and the kernel was built without.
  std::string missing_option(const ListedProbe& row) const {
    std::string out;
    if (!kernel_.config) return out;
    each_word(row.config, [&](std::string_view option) {
      if (out.empty() && !kernel_.config->contains(option)) out = option;
    });
    return out;
  }

  bool any_holder(const ListedProbe& row) const {
    return exists(row, row.function) || std::ranges::any_of(list_.inlines, [&](const ListedInline& i) {
             return i.function == row.function && std::string_view(i.file) == row.file && exists(row, i.caller);
           });
  }

  // Why the row has no site.
  Absent explain(const ListedProbe& row) const {
    const auto absent = [&](Absent::Reason reason, std::string why, std::string remedy = {}) {
      return Absent{row.file,       std::string(row.function), std::string(row.counter), reason,
                    std::move(why), std::move(remedy)};
    };
    using enum Absent::Reason;
    const std::string option = missing_option(row);
    if (times_in(row.times, version_) == 0)
      return absent(version, fmt::format("not in the source of Linux {}", version_));
    if (!option.empty()) return absent(config, option + " is not set");
    if (any_holder(row)) return absent(increment, "no increment was found there: optimised away, or missed");
    if (!row.module) return absent(function, "no such function in this kernel: not built, or optimised away");
    const std::string name = row.module;
    if (kernel_.loaded.contains(name))
      return absent(function, fmt::format("module {} is loaded and has no such function", name));
    if (kernel_.installed && !kernel_.installed->contains(name))
      return absent(config, fmt::format("module {} is not installed", name));
    return absent(module, fmt::format("module {} is not loaded", name), "modprobe " + name);
  }

  std::vector<std::string> counter_names() const {
    if (!kernel_.counters.empty()) return kernel_.counters;
    std::vector<std::string> out;
    for (const CounterRow& c : list_.counters)
      each_word(c.kernels, [&](std::string_view v) {
        if (v == version_) out.emplace_back(c.name);
      });
    return out;
  }

  AuditedCounter counter(const std::string& name, const std::vector<Absent>& absent) const {
    AuditedCounter out{name, 0, {}};
    for (const Site& s : sites_)
      out.sites += counter_name(s.counter) == name;
    if (out.sites) return out;
    std::set<std::string> reasons;
    for (const Absent& a : absent)
      if (a.counter == name && a.reason != Absent::Reason::version) reasons.insert(a.why);
    const bool known = std::ranges::any_of(list_.counters, [&](const CounterRow& c) { return c.name == name; });
    out.why = !reasons.empty() ? joined(std::vector(reasons.begin(), reasons.end()), ", ")
              : known          ? fmt::format("nothing in Linux {} raises it", version_)
                               : "newer than this list";
    return out;
  }
};

} // namespace

SourceList source_list() {
  return {counters(), probe_list(), inline_list()};
}

unsigned times_in(std::string_view times, std::string_view version) {
  unsigned out = 0;
  each_word(times, [&](std::string_view pair) {
    const size_t colon = pair.find(':');
    if (colon != pair.npos && pair.substr(0, colon) == version) out = number(pair.substr(colon + 1));
  });
  return out;
}

std::string nearest_version(const std::string& release, const SourceList& list) {
  const auto running = major_minor(release);
  std::set<std::pair<std::pair<unsigned, unsigned>, std::string>> versions;
  for (const CounterRow& c : list.counters)
    each_word(c.kernels, [&](std::string_view v) { versions.emplace(major_minor(v), v); });
  if (versions.empty()) return {};
  std::string nearest = versions.begin()->second;
  for (const auto& [number, text] : versions)
    if (number <= running) nearest = text;
  return nearest;
}

Audit audit(std::span<const Site> sites, const KernelFacts& kernel, const SourceList& list) {
  return Auditor(sites, kernel, list).run();
}

} // namespace xs
