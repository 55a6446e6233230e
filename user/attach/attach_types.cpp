// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Handles the sections fentry/ and fexit/ in place of libbpf.
#include "attach_types.hpp"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <string_view>
#include <unordered_map>

namespace xs {
namespace {

std::unordered_map<std::string_view, TypeId> known; // by the function's name, whose text is the section's

std::string_view function_of(const bpf_program* program) {
  const std::string_view section = bpf_program__section_name(program);
  return section.substr(section.find('/') + 1);
}

// If the type is not known, what libbpf found itself stays.
int take_known(bpf_program* program, bpf_prog_load_opts* options, long) {
  if (const auto found = known.find(function_of(program)); found != known.end()) options->attach_btf_id = found->second;
  return 0;
}

int attach(const bpf_program* program, long, bpf_link** link) {
  *link = bpf_program__attach_trace(program);
  return static_cast<int>(libbpf_get_error(*link));
}

bool is_traced(const bpf_program* program) {
  return bpf_program__type(program) == BPF_PROG_TYPE_TRACING && bpf_program__autoload(program);
}

} // namespace

void supply_attach_types() {
  LIBBPF_OPTS(libbpf_prog_handler_opts, handler, .prog_prepare_load_fn = take_known, .prog_attach_fn = attach);
  static const bool done = [&] {
    return libbpf_register_prog_handler("fentry/", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, &handler) > 0 &&
           libbpf_register_prog_handler("fexit/", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, &handler) > 0;
  }();
  (void)done;
}

void find_attach_types(bpf_object* object, std::span<const Hook> hooks, const Types* kernel) {
  known.clear();
  std::unordered_map<std::string_view, const char*> instead;
  for (const Hook& hook : hooks)
    if (hook.instead) instead.emplace(hook.spec->function, hook.function());
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    if (!is_traced(program)) continue;
    const std::string_view function = function_of(program);
    const auto other = instead.find(function);
    const char* target = other != instead.end() ? other->second : function.data();
    if (const auto type = kernel ? kernel->function(target) : std::nullopt)
      known.emplace(function, *type);
    else // of a module, or loading will fail
      bpf_program__set_attach_target(program, 0, target);
  }
}

} // namespace xs
