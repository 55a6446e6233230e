// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Prints sites, grouped by function, and absent ones, grouped by reason.
#include "probes.hpp"
#include "or_null.hpp"
#include "../model/joined.hpp"

#include "../resolve/place.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace xs {
namespace {

constexpr const char* kReasons[] = {"version", "config", "module", "function", "increment"}; // by Absent::Reason

size_t raised(const Audit& a) {
  return static_cast<size_t>(std::ranges::count_if(a.counters, [](const AuditedCounter& c) { return c.sites > 0; }));
}

std::string unlisted_mark(const AuditedFunction& f, size_t site) {
  return std::ranges::find(f.unlisted, site) == f.unlisted.end() ? "" : "  not in the source list";
}

std::string operand_text(const char* name, const Operand& o, Processor processor) {
  return fmt::format("{} {} ({}{})", name, place(o, processor), o.frame ? "maybe, " : "", proof_name(o.proof));
}

std::string operands_text(const Site& s) {
  std::vector<std::string> out;
  for (size_t i = 0; i < kRoles; i++)
    if (s.operands[i]) out.push_back(operand_text(kRoleNames[i], *s.operands[i], s.processor));
  if (s.policies) out.push_back(operand_text("policies", *s.policies, s.processor));
  if (!s.callers.empty()) out.push_back("flow in the caller's frame");
  if (s.looked_up) out.push_back(operand_text("looked up", *s.looked_up, s.processor));
  if (s.error) out.push_back(operand_text("error", *s.error, s.processor));
  if (s.noted) out.push_back(fmt::format("{} noted before, see below", mark_name(*s.noted)));
  return out.empty() ? "nothing known" : joined(out, ", ");
}

std::string function_text(const ProbesReport& r, const AuditedFunction& f, bool color) {
  constexpr int kCounterWidth = 24; // the longest name has 23
  const std::string heading = f.module.empty() ? f.name : fmt::format("{} [{}]", f.name, f.module);
  std::string out = fmt::format("\n{}{}{}  {}{} {}, {} in the source\n", color ? "\33[1m" : "", heading,
                                color ? "\33[0m" : "", f.file.empty() ? "" : f.file + ", ", f.sites.size(),
                                f.sites.size() == 1 ? "site" : "sites", f.in_source);
  for (const size_t i : f.sites) {
    const Site& s = r.sites[i];
    const std::string at = fmt::format("{}+{:#x}", s.function.substr(f.name.size()), s.offset);
    out += fmt::format("  {:<8} {:<{}} {}{}\n", at, counter_name(s.counter), kCounterWidth, operands_text(s),
                       unlisted_mark(f, i));
  }
  return out;
}

std::string with_remedy(const Absent& a) {
  return a.remedy.empty() ? a.why : fmt::format("{}: {}", a.why, a.remedy);
}

// "f (XfrmInError)", "f, g"; the number of functions if there are many.
std::string names(const std::vector<std::string>& functions, const std::string& counters) {
  constexpr size_t kMany = 4;
  if (functions.size() >= kMany) return fmt::format("{} functions", functions.size());
  return fmt::format("{}{}", joined(functions, ", "), functions.size() == 1 ? fmt::format(" ({})", counters) : "");
}

// One line for all rows of a file with the same reason.
std::string absent_text(const std::vector<Absent>& absent) {
  std::string out;
  for (size_t i = 0; i < absent.size();) {
    const Absent& first = absent[i];
    std::vector<std::string> functions, counters;
    for (; i < absent.size() && absent[i].file == first.file && absent[i].why == first.why; i++) {
      if (functions.empty() || functions.back() != absent[i].function) functions.push_back(absent[i].function);
      counters.push_back(absent[i].counter);
    }
    out += fmt::format("  {} {}: {}\n", first.file, names(functions, joined(counters, ", ")), with_remedy(first));
  }
  return out.empty() ? out : "\nin the source list, absent here\n" + out;
}

std::string closing_text(const ProbesReport& r) {
  std::vector<std::string> missing;
  for (const AuditedCounter& c : r.audit.counters)
    if (!c.sites) missing.push_back(fmt::format("{} ({})", c.name, c.why));
  return fmt::format("\nkernel {}, held against the source of Linux {}: {} sites, {} of {} counters{}{}\n", r.release,
                     r.audit.version, r.sites.size(), raised(r.audit), r.audit.counters.size(),
                     missing.empty() ? "" : "; absent: ", joined(missing, ", "));
}

Json operand_json(const Operand& o, Processor processor) {
  // "certain" is false if some paths leave something else in that place, which is detected when the site fires.
  return {{"place", place(o, processor)}, {"proof", proof_name(o.proof)}, {"certain", o.frame == 0}};
}

Json or_null(const std::optional<Operand>& o, Processor processor) {
  return o ? operand_json(*o, processor) : Json(nullptr);
}

// Where each mark is, and where it takes the flow from.
std::string marks_text(std::span<const SiteMark> marks) {
  std::string out;
  for (const SiteMark& m : marks)
    out += fmt::format("  {}+{:#x} before {}: {}\n", m.function, m.offset, counter_name(m.counter),
                       m.value ? operand_text(mark_name(m.kind), *m.value, m.processor) : "flow in the caller's frame");
  return out.empty() ? out : "\nmarks, where something is noted for sites that have lost it\n" + out;
}

Json mark_json(const SiteMark& m) {
  return {{"v", 1},
          {"type", "mark"},
          {"function", m.function},
          {"offset", m.offset},
          {"counter", counter_name(m.counter)},
          {"notes", mark_name(m.kind)},
          {JsonName(mark_name(m.kind)), or_null(m.value, m.processor)}, // null: the caller has it
          {"callers", m.callers.size()}};
}

Json site_json(const Site& s, const char* type, const AuditedFunction& f) {
  Json operands = Json::object();
  for (size_t i = 0; i < kRoles; i++)
    operands.put(JsonName(kRoleNames[i]), or_null(s.operands[i], s.processor));
  operands.put("policies", or_null(s.policies, s.processor));
  operands.put("looked_up", or_null(s.looked_up, s.processor));
  operands.put("error", or_null(s.error, s.processor));
  return {{"v", 1},
          {"type", type},
          {"function", s.function},
          {"offset", s.offset},
          {"module", null_if_empty(s.module)},
          {"file", null_if_empty(f.file)},
          {"counter", counter_name(s.counter)},
          {"operands", operands},
          {"callers", s.callers.size()}, // the ones that have the flow in their frames
          {"marked", s.noted == SiteMark::Kind::flow},
          {"error_noted", s.noted == SiteMark::Kind::error}};
}

Json absent_json(const Absent& a) {
  return {{"v", 1},
          {"type", "absent"},
          {"file", a.file},
          {"function", a.function},
          {"counter", a.counter},
          {"reason", kReasons[static_cast<size_t>(a.reason)]},
          {"why", a.why},
          {"remedy", null_if_empty(a.remedy)}};
}

Json summary_json(const ProbesReport& r) {
  Json missing = Json::object();
  for (const AuditedCounter& c : r.audit.counters)
    if (!c.sites) missing.put(JsonName(c.name), c.why);
  return {{"v", 1},
          {"type", "probes-summary"},
          {"kernel", r.release},
          {"source", r.audit.version},
          {"sites", r.sites.size()},
          {"counters", {{"raised", raised(r.audit)}, {"of", r.audit.counters.size()}}},
          {"absent_counters", missing}};
}

} // namespace

std::string to_text(const ProbesReport& r, bool color) {
  std::string out;
  for (const AuditedFunction& f : r.audit.functions)
    out += function_text(r, f, color);
  out += marks_text(r.marks);
  out += absent_text(r.audit.absent);
  out += closing_text(r);
  return out.substr(out.find_first_not_of('\n'));
}

std::string to_json_lines(const ProbesReport& r) {
  std::string out;
  for (const AuditedFunction& f : r.audit.functions)
    for (const size_t i : f.sites) {
      const bool listed = std::ranges::find(f.unlisted, i) == f.unlisted.end();
      out += line(site_json(r.sites[i], listed ? "site" : "unlisted", f));
    }
  for (const SiteMark& m : r.marks)
    out += line(mark_json(m));
  for (const Absent& a : r.audit.absent)
    out += line(absent_json(a));
  return out + line(summary_json(r));
}

} // namespace xs
