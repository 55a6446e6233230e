// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The table of hooks, and the choice of how to attach each.
#include "hooks.hpp"

#include <algorithm>
#include <bpf/btf.h>
#include <fmt/format.h>
#include <unordered_set>

namespace xs {
namespace {

using enum HookSpec::At;

constexpr HookSpec kXfrmHooks[] = {
    {.name = "netns_made",
     .function = "xfrm_net_init",
     .at = exit,
     .watches = "netns that are made",
     .part = MirrorPart::netns,
     .crowded = true},
    {.name = "netns_gone",
     .function = "xfrm_net_exit",
     .at = entry,
     .watches = "netns that are removed",
     .part = MirrorPart::netns,
     .crowded = true},
    {.name = "state_insert",
     .function = "__xfrm_state_insert",
     .at = exit,
     .watches = "states that are made",
     .locked = true},
    {.name = "state_delete",
     .function = "__xfrm_state_delete",
     .at = exit,
     .watches = "states that are removed",
     .locked = true},
    {.name = "state_update",
     .function = "xfrm_state_update",
     .at = exit,
     .probed = true,
     .watches = "states that are updated"},
    {.name = "alloc_spi",
     .function = "xfrm_alloc_spi",
     .at = exit,
     .probed = true,
     .watches = "states that get their SPI"},
    {.name = "find_acq",
     .function = "xfrm_find_acq",
     .at = exit,
     .probed = true,
     .watches = "larval states that wait for an SPI"},
    {.name = "state_notified",
     .function = "xfrm_send_state_notify",
     .module = "xfrm_user",
     .at = entry,
     .watches = "soft limits of states, and replay counters that are set"},
    {.name = "acquire",
     .function = "xfrm_send_acquire",
     .module = "xfrm_user",
     .at = exit,
     .watches = "larval states that a key manager was asked for"},
    {.name = "pfkey_acquire",
     .function = "pfkey_send_acquire",
     .module = "af_key",
     .at = exit,
     .watches = "larval states that a key manager was asked for"},
    {.name = "dump_state",
     .function = "dump_one_state",
     .module = "xfrm_user",
     .at = entry,
     .probed = true,
     .watches = "states that were there before"},
    {.name = "state_flush_begins",
     .function = "xfrm_state_flush",
     .at = entry,
     .probed = true,
     .watches = "why states are removed"},
    {.name = "state_flush_ends",
     .function = "xfrm_state_flush",
     .at = exit,
     .probed = true,
     .watches = "why states are removed"},
    {.name = "dev_state_flush_begins",
     .function = "xfrm_dev_state_flush",
     .at = entry,
     .probed = true,
     .needed = false,
     .watches = "why states are removed"},
    {.name = "dev_state_flush_ends",
     .function = "xfrm_dev_state_flush",
     .at = exit,
     .probed = true,
     .needed = false,
     .watches = "why states are removed"},
    {.name = "state_add_begins",
     .function = "xfrm_state_add",
     .at = entry,
     .probed = true,
     .watches = "why states are removed"},
    {.name = "state_add_ends",
     .function = "xfrm_state_add",
     .at = exit,
     .probed = true,
     .watches = "why states are removed"},
    // Policies of netns are also seen at policy_insert.
    {.name = "policy_link",
     .function = "__xfrm_policy_link",
     .at = entry,
     .probed = true,
     .watches = "policies that are made",
     .lost = "policies of sockets that are made"},
    {.name = "policy_insert",
     .function = "xfrm_policy_insert",
     .at = exit,
     .probed = true,
     .watches = "indexes of policies"},
    {.name = "policy_unlink",
     .function = "__xfrm_policy_unlink",
     .at = entry,
     .watches = "policies that are removed",
     .locked = true,
     .instead = "xfrm_policy_kill"},
    {.name = "policy_expired", .function = "km_policy_expired", .at = entry, .watches = "lifetimes of policies"},
    {.name = "set_default",
     .function = "xfrm_set_default",
     .module = "xfrm_user",
     .at = exit,
     .probed = true,
     .needed = false,
     .watches = "default policies"},
    {.name = "dump_policy",
     .function = "dump_one_policy",
     .module = "xfrm_user",
     .at = entry,
     .probed = true,
     .watches = "policies that were there before"},
    {.name = "sk_policy_replace_begins",
     .function = "xfrm_sk_policy_insert",
     .at = entry,
     .probed = true,
     .watches = "why policies are removed"},
    {.name = "sk_policy_replace_ends",
     .function = "xfrm_sk_policy_insert",
     .at = exit,
     .probed = true,
     .watches = "why policies are removed"},
    {.name = "policy_flush_begins",
     .function = "xfrm_policy_flush",
     .at = entry,
     .probed = true,
     .watches = "why policies are removed"},
    {.name = "policy_flush_ends",
     .function = "xfrm_policy_flush",
     .at = exit,
     .probed = true,
     .watches = "why policies are removed"},
    {.name = "dev_policy_flush_begins",
     .function = "xfrm_dev_policy_flush",
     .at = entry,
     .probed = true,
     .needed = false,
     .watches = "why policies are removed"},
    {.name = "dev_policy_flush_ends",
     .function = "xfrm_dev_policy_flush",
     .at = exit,
     .probed = true,
     .needed = false,
     .watches = "why policies are removed"},
    {.name = "migrate_begins",
     .function = "xfrm_migrate",
     .at = entry,
     .probed = true,
     .needed = false,
     .watches = "states and policies that migrate"},
    {.name = "migrate_ends",
     .function = "xfrm_migrate",
     .at = exit,
     .probed = true,
     .needed = false,
     .watches = "states and policies that migrate"},
};

bool is_hooked(std::string_view function) {
  static const std::unordered_set<std::string_view> all = [] {
    std::unordered_set<std::string_view> out;
    for (const HookSpec& spec : hook_specs()) {
      out.insert(spec.function);
      if (spec.instead) out.insert(spec.instead);
    }
    return out;
  }();
  return all.contains(function);
}

bool has_type(const KernelBtf& btf, const Hook& hook) {
  if (!btf.vmlinux || (hook.module() && !btf.modules.contains(hook.module()))) return false;
  return btf.types(hook.module() ? hook.module() : "").function(hook.function()).has_value();
}

// A function that is hooked instead is called after the lock is released.
bool may_be_preempted(const Hook& hook, Preemption preemption) {
  const bool locked = hook.spec->locked && !hook.instead;
  return preemption == Preemption::everywhere || (preemption == Preemption::outside_locks && !locked);
}

// True for a function under its own name, or under "NAME.llvm.NUMBER", which a link-time optimizer gives to one that it
// makes global. Any other clone may have other parameters.
bool keeps_parameters(std::string_view symbol) {
  const std::string_view added = symbol.substr(source_name(symbol).size());
  return added.empty() || added.starts_with(".llvm.");
}

using Functions = std::map<std::string, Symbol>; // by "MODULE:FUNCTION"

Functions hooked_functions(const SymbolTable& symbols) {
  Functions out;
  for (Symbol& f : symbols.functions(is_hooked))
    if (keeps_parameters(f.name)) out.insert_or_assign(fmt::format("{}:{}", f.module, source_name(f.name)), f);
  return out;
}

// The function to attach the hook to, which `hook` then describes; nullptr: none.
const Symbol* place(Hook& hook, const Functions& functions) {
  const auto at = [&](const char* module, const char* function) {
    const auto found = functions.find(fmt::format("{}:{}", module ? module : "", function));
    return found != functions.end() ? &found->second : nullptr;
  };
  const HookSpec& spec = *hook.spec;
  if (const Symbol* own = at(spec.module, spec.function)) return own;
  if (spec.module)
    if (const Symbol* own = at(nullptr, spec.function)) return hook.built_in = true, own;
  const Symbol* other = spec.instead ? at(nullptr, spec.instead) : nullptr;
  hook.instead = other;
  return other;
}

} // namespace

std::span<const HookSpec> hook_specs() {
  static const std::vector<HookSpec> all = [] {
    std::vector<HookSpec> out(std::begin(kXfrmHooks), std::end(kXfrmHooks));
    out.insert(out.end(), tc_hook_specs().begin(), tc_hook_specs().end());
    return out;
  }();
  return all;
}

std::vector<Hook> plan_hooks(const SymbolTable& symbols, const KernelBtf& btf, const std::set<std::string>& loaded,
                             Preemption preemption) {
  const Functions functions = hooked_functions(symbols);
  const bool links = symbols.address_of("register_fprobe_ips").has_value(); // CONFIG_FPROBE
  std::vector<Hook> out;
  for (const HookSpec& spec : hook_specs()) {
    if (spec.without && functions.contains(fmt::format(":{}", spec.without))) continue;
    Hook& hook = out.emplace_back(Hook{&spec, spec.needed ? AttachKind::missing : AttachKind::absent});
    if (const Symbol* symbol = place(hook, functions)) {
      hook.address = symbol->address;
      const bool typed = !spec.probed && !(spec.crowded && links) && !may_be_preempted(hook, preemption) &&
                         symbol->name == hook.function() && has_type(btf, hook);
      hook.way = spec.at == entry ? (typed ? AttachKind::fentry : AttachKind::kprobe)
                                  : (typed ? AttachKind::fexit : AttachKind::kretprobe);
      hook.linked = links && !typed && !hook.module(); // a link would keep a module from being unloaded
    } else if (spec.module && !loaded.contains(spec.module)) {
      hook.way = AttachKind::later;
    }
  }
  return out;
}

const char* part_name(MirrorPart part) {
  switch (part) {
  case MirrorPart::tc:
    return "tc";
  case MirrorPart::netns:
    return "netns";
  default:
    return "states and policies";
  }
}

std::string hook_problem(const Hook& hook) {
  if (hook.way != AttachKind::missing) return {};
  return fmt::format("the mirror of {} is incomplete: this kernel has no function {}, which tells of {}",
                     part_name(hook.spec->part), hook.spec->function,
                     hook.spec->lost ? hook.spec->lost : hook.spec->watches);
}

} // namespace xs
