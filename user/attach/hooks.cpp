// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The table of hooks, and the choice of how to set each.
#include "hooks.hpp"

#include <algorithm>
#include <bpf/btf.h>
#include <fmt/format.h>
#include <unordered_set>

namespace xs {
namespace {

using enum HookSpec::At;

// A function that is called under a spinlock.
constexpr HookSpec locked(HookSpec spec) {
  spec.locked = true;
  return spec;
}

// What tells the same where the compiler has inlined the function.
constexpr HookSpec or_instead(HookSpec spec, const char* function) {
  spec.instead = function;
  return spec;
}

constexpr HookSpec or_lost(HookSpec spec, const char* lost) {
  spec.lost = lost;
  return spec;
}

constexpr HookSpec of_netns(HookSpec spec) {
  spec.part = MirrorPart::netns;
  spec.crowded = true;
  return spec;
}

// Name, function, module, at, probed, needed, watches.
constexpr HookSpec kXfrmHooks[] = {
    of_netns({"netns_made", "xfrm_net_init", nullptr, exit, false, true, "netns that are made"}),
    of_netns({"netns_gone", "xfrm_net_exit", nullptr, entry, false, true, "netns that are removed"}),
    locked({"state_insert", "__xfrm_state_insert", nullptr, exit, false, true, "states that are made"}),
    locked({"state_delete", "__xfrm_state_delete", nullptr, exit, false, true, "states that are removed"}),
    {"state_update", "xfrm_state_update", nullptr, exit, true, true, "states that are updated"},
    {"alloc_spi", "xfrm_alloc_spi", nullptr, exit, true, true, "states that get their SPI"},
    {"find_acq", "xfrm_find_acq", nullptr, exit, true, true, "larval states that wait for an SPI"},
    {"state_notified", "xfrm_send_state_notify", "xfrm_user", entry, false, true,
     "soft limits of states, and replay counters that are set"},
    {"acquire", "xfrm_send_acquire", "xfrm_user", exit, false, true, "larval states that a key manager was asked for"},
    {"pfkey_acquire", "pfkey_send_acquire", "af_key", exit, false, true,
     "larval states that a key manager was asked for"},
    {"dump_state", "dump_one_state", "xfrm_user", entry, true, true, "states that were there before"},
    {"state_flush_begins", "xfrm_state_flush", nullptr, entry, true, true, "why states are removed"},
    {"state_flush_ends", "xfrm_state_flush", nullptr, exit, true, true, "why states are removed"},
    {"dev_state_flush_begins", "xfrm_dev_state_flush", nullptr, entry, true, false, "why states are removed"},
    {"dev_state_flush_ends", "xfrm_dev_state_flush", nullptr, exit, true, false, "why states are removed"},
    {"state_add_begins", "xfrm_state_add", nullptr, entry, true, true, "why states are removed"},
    {"state_add_ends", "xfrm_state_add", nullptr, exit, true, true, "why states are removed"},
    or_lost({"policy_link", "__xfrm_policy_link", nullptr, entry, true, true, "policies that are made"},
            "policies of sockets that are made"), // the others are met at policy_insert, too
    {"policy_insert", "xfrm_policy_insert", nullptr, exit, true, true, "indexes of policies"},
    or_instead(
        locked({"policy_unlink", "__xfrm_policy_unlink", nullptr, entry, false, true, "policies that are removed"}),
        "xfrm_policy_kill"),
    {"policy_expired", "km_policy_expired", nullptr, entry, false, true, "lifetimes of policies"},
    {"set_default", "xfrm_set_default", "xfrm_user", exit, true, false, "default policies"},
    {"dump_policy", "dump_one_policy", "xfrm_user", entry, true, true, "policies that were there before"},
    {"sk_policy_replace_begins", "xfrm_sk_policy_insert", nullptr, entry, true, true, "why policies are removed"},
    {"sk_policy_replace_ends", "xfrm_sk_policy_insert", nullptr, exit, true, true, "why policies are removed"},
    {"policy_flush_begins", "xfrm_policy_flush", nullptr, entry, true, true, "why policies are removed"},
    {"policy_flush_ends", "xfrm_policy_flush", nullptr, exit, true, true, "why policies are removed"},
    {"dev_policy_flush_begins", "xfrm_dev_policy_flush", nullptr, entry, true, false, "why policies are removed"},
    {"dev_policy_flush_ends", "xfrm_dev_policy_flush", nullptr, exit, true, false, "why policies are removed"},
    {"migrate_begins", "xfrm_migrate", nullptr, entry, true, false, "states and policies that migrate"},
    {"migrate_ends", "xfrm_migrate", nullptr, exit, true, false, "states and policies that migrate"},
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

// What is called instead of a function is called after the lock.
bool may_be_preempted(const Hook& hook, Preemption preemption) {
  const bool locked = hook.spec->locked && !hook.instead;
  return preemption == Preemption::everywhere || (preemption == Preemption::outside_locks && !locked);
}

// A function under its own name, or the one that a link-time optimizer gave it when it made it global:
// "NAME.llvm.NUMBER". Any other copy may have other parameters.
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

// Where the hook can be set, and what `hook` says of that; nullptr: nowhere.
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
