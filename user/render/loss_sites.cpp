// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Prints places of losses by kind, then those that this kernel lacks.
#include "loss_sites.hpp"
#include "json.hpp"
#include "or_null.hpp"

#include "../resolve/place.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

const char* name_of(uint8_t kind) {
  return loss_kind(kind)->name;
}

const Operand* dropped(const Site& s) {
  for (const Role role : {Role::skb, Role::policy, Role::flow})
    if (const auto& operand = s.operands[static_cast<size_t>(role)]) return &*operand;
  return nullptr;
}

std::string site_text(const Site& s) {
  const std::string module = s.module.empty() ? "" : fmt::format(" [{}]", s.module);
  const Operand* what = dropped(s);
  return fmt::format("  {:<20} {}+{:#x}{}{}\n", name_of(s.counter), s.function, s.offset, module,
                     what ? "  in " + place(*what, s.processor) : "");
}

// True if another function has the same kind of loss: then this absence does not matter.
bool found_elsewhere(const Losses& losses, const AbsentLoss& absent) {
  for (const Site& s : losses.sites)
    for (const ListedLoss& other : loss_list())
      if (other.kind == absent.listed->kind && std::string_view(other.file) == absent.listed->file &&
          source_name(s.function) == other.function)
        return true;
  return false;
}

} // namespace

std::string to_text(const Losses& losses) {
  std::string out = "\nplaces that lose packets without a counter\n";
  for (const Site& s : losses.sites)
    out += site_text(s);
  for (const AbsentLoss& a : losses.absent)
    if (!found_elsewhere(losses, a))
      out += fmt::format("  {:<20} {} {}: {}\n", name_of(a.listed->kind), a.listed->file, a.listed->function, a.why);
  return out;
}

std::string to_json_lines(const Losses& losses) {
  std::string out;
  for (const Site& s : losses.sites)
    out += line({{"v", 1},
                 {"type", "loss-site"},
                 {"loss", name_of(s.counter)},
                 {"function", s.function},
                 {"offset", s.offset},
                 {"module", null_if_empty(s.module)},
                 {"place", dropped(s) ? Json(place(*dropped(s), s.processor)) : Json(nullptr)}});
  for (const AbsentLoss& a : losses.absent)
    if (!found_elsewhere(losses, a))
      out += line({{"v", 1},
                   {"type", "absent-loss"},
                   {"loss", name_of(a.listed->kind)},
                   {"file", a.listed->file},
                   {"function", std::string(a.listed->function)},
                   {"why", a.why}});
  return out;
}

} // namespace xs
