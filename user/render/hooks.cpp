// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Prints hooks.
#include "hooks.hpp"
#include "json.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace xs {
namespace {

std::string way_text(const Hook& hook) {
  switch (hook.way) {
  case AttachKind::later:
    return fmt::format("waits for module {}", hook.spec->module);
  case AttachKind::absent:
    return "not in this kernel, not needed";
  case AttachKind::missing:
    return "MISSING: the mirror is incomplete";
  default:
    const char* other = hook.instead ? hook.spec->function : hook.spec->without;
    return other ? fmt::format("{}, for {}", attach_kind_name(hook.way), other) : attach_kind_name(hook.way);
  }
}

} // namespace

std::string to_text(std::span<const Hook> hooks) {
  std::string out = "\nhooks of the mirror of netns, states, policies and tc\n";
  for (size_t i = 0; i < hooks.size(); i++) {
    const Hook& hook = hooks[i];
    std::string ways = way_text(hook);
    const bool pair = i + 1 < hooks.size() && hooks[i + 1].spec->function == std::string_view(hook.spec->function);
    if (pair && hooks[i + 1].way != hook.way) ways += ", " + way_text(hooks[i + 1]);
    i += pair;
    const std::string where = hook.module() ? fmt::format("{} [{}]", hook.function(), hook.module()) : hook.function();
    out += fmt::format("  {:<36} {:<19} {}\n", where, ways, hook.spec->watches);
  }
  return out;
}

std::string to_json_lines(std::span<const Hook> hooks) {
  std::string out;
  for (const Hook& hook : hooks) {
    const char* way = attach_kind_name(hook.way);
    out += line({{"v", 1},
                 {"type", "hook"},
                 {"name", hook.spec->name},
                 {"function", hook.function()},
                 {"module", hook.module() ? Json(hook.module()) : Json(nullptr)},
                 {"how", way ? Json(way) : Json(nullptr)},
                 {"missing", hook.way == AttachKind::missing},
                 {"watches", hook.spec->watches}});
  }
  return out;
}

} // namespace xs
