// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "../../user/attach/hooks.hpp"
#include "../../user/sys/preemption.hpp"
#include "../../user/sys/unpreempted.hpp"

#include <bpf/btf.h>
#include <doctest/doctest.h>
#include <set>
#include <string>
#include <tuple>

using namespace xs;

TEST_CASE("where a kernel preempts itself is told by how it was built and what it was told since") {
  CHECK(preemption_of("#1 SMP Debian 5.10.223-1", {}) == Preemption::nowhere);
  CHECK(preemption_of("#1 SMP PREEMPT_DYNAMIC Debian 6.12", "none (voluntary) full") == Preemption::nowhere);
  CHECK(preemption_of("#1 SMP PREEMPT_DYNAMIC Debian 6.12", "(none) voluntary full") == Preemption::nowhere);
  CHECK(preemption_of("#1 SMP PREEMPT_DYNAMIC Debian 6.12", "none voluntary (full)") == Preemption::outside_locks);
  CHECK(preemption_of("#1 SMP PREEMPT_DYNAMIC Debian 7.3", "full (lazy)") == Preemption::outside_locks);
  CHECK(preemption_of("#1 SMP PREEMPT_DYNAMIC Debian 6.12", {}) == Preemption::outside_locks);
  CHECK(preemption_of("#1 SMP PREEMPT 6.12", {}) == Preemption::outside_locks);
  CHECK(preemption_of("#1 SMP PREEMPT_RT Debian 6.12", "(voluntary)") == Preemption::everywhere);
}

TEST_CASE("what a preemption could make the kernel pass over is hooked by kprobes") {
  SymbolTable symbols;
  symbols.add_line("ffffffff81000000 T __xfrm_state_delete");
  symbols.add_line("ffffffff81000100 T xfrm_state_update");
  symbols.add_line("ffffffff81000200 T __xfrm_policy_unlink");
  symbols.add_line("ffffffff81000300 T km_policy_expired");
  symbols.sort();
  KernelBtf kernel;
  kernel.vmlinux.reset(btf__new_empty());
  const int proto = btf__add_func_proto(kernel.vmlinux.get(), 0);
  for (const char* function : {"__xfrm_state_delete", "xfrm_state_update", "__xfrm_policy_unlink", "km_policy_expired"})
    REQUIRE(btf__add_func(kernel.vmlinux.get(), function, BTF_FUNC_GLOBAL, proto) > 0);
  const auto way = [&](const std::string& name, Preemption preemption) {
    for (const Hook& hook : plan_hooks(symbols, kernel, {}, preemption))
      if (hook.spec->name == name) return hook.way;
    return AttachKind::missing;
  };
  CHECK(way("state_update", Preemption::nowhere) == AttachKind::kretprobe); // seldom called
  CHECK(way("state_delete", Preemption::nowhere) == AttachKind::fexit);
  CHECK(way("policy_unlink", Preemption::nowhere) ==
        AttachKind::fentry); // a timer may call it while a process is in bpf(2)
  CHECK(way("policy_expired", Preemption::nowhere) == AttachKind::fentry);
  CHECK(way("state_delete", Preemption::outside_locks) == AttachKind::fexit); // under a lock
  CHECK(way("state_delete", Preemption::everywhere) == AttachKind::kretprobe);
}

TEST_CASE("kprobes are set through one link where the kernel has such links, but none in a module") {
  SymbolTable symbols;
  symbols.add_line("ffffffff81000000 T __xfrm_state_delete");
  symbols.add_line("ffffffff81000100 T xfrm_state_update");
  symbols.add_line("ffffffff81000300 T xfrm_net_init");
  symbols.add_line("ffffffffc0000000 t dump_one_state\t[xfrm_user]");
  const auto linked = [&](const std::string& name) {
    KernelBtf kernel;
    kernel.vmlinux.reset(btf__new_empty());
    const int proto = btf__add_func_proto(kernel.vmlinux.get(), 0);
    for (const char* function : {"__xfrm_state_delete", "xfrm_net_init"})
      REQUIRE(btf__add_func(kernel.vmlinux.get(), function, BTF_FUNC_GLOBAL, proto) > 0);
    symbols.sort();
    for (const Hook& hook : plan_hooks(symbols, kernel, {"xfrm_user"}, Preemption::nowhere))
      if (hook.spec->name == name) return hook.linked;
    return false;
  };
  CHECK(!linked("state_update"));
  CHECK(!linked("netns_made")); // through fexit
  symbols.add_line("ffffffff81000200 T register_fprobe_ips");
  CHECK(linked("state_update"));
  CHECK(!linked("state_delete")); // through fexit
  CHECK(linked("netns_made"));    // many at once sleep in it
  CHECK(!linked("dump_state"));
  CHECK(!linked("policy_link")); // not found
}

TEST_CASE("no function has two hooks at its entry, or two at its return: each is a probe more to be removed") {
  std::set<std::tuple<std::string, std::string, HookSpec::At>> places;
  for (const HookSpec& spec : hook_specs()) {
    CAPTURE(spec.name);
    CHECK(places.emplace(spec.module ? spec.module : "", spec.function, spec.at).second);
  }
}

TEST_CASE("maps are read above all that may count an error meanwhile: with PREEMPT_RT the threads of interrupts, too") {
  CHECK(unpreempted_priority(Preemption::nowhere) == 0);
  CHECK(unpreempted_priority(Preemption::outside_locks) > 0);
  CHECK(unpreempted_priority(Preemption::everywhere) > 50); // MAX_RT_PRIO / 2, see sched_set_fifo()
}
