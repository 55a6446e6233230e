// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "../../user/attach/hooks.hpp"
#include "../../user/render/hooks.hpp"

#include <bpf/btf.h>
#include <doctest/doctest.h>
#include <initializer_list>

using namespace xs;

namespace {

// A kernel with these lines of /proc/kallsyms whose BTF knows these functions.
struct Kernel {
  SymbolTable symbols;
  KernelBtf btf;

  Kernel(std::initializer_list<const char*> lines, std::initializer_list<const char*> typed) {
    for (const char* line : lines)
      symbols.add_line(line);
    symbols.sort();
    btf.vmlinux.reset(btf__new_empty());
    const int proto = btf__add_func_proto(btf.vmlinux.get(), 0);
    for (const char* function : typed)
      REQUIRE(btf__add_func(btf.vmlinux.get(), function, BTF_FUNC_GLOBAL, proto) > 0);
  }

  Hook hook(std::string_view name, Preemption preemption = Preemption::nowhere) const {
    for (const Hook& one : plan_hooks(symbols, btf, {}, preemption))
      if (one.spec->name == name) return one;
    FAIL("no such hook: " << name);
    return {};
  }
};

} // namespace

TEST_CASE("a module's function is found in the kernel's image where the module is built in") {
  const Kernel kernel({"ffffffff81000100 t dump_one_state", "ffffffff81000200 t xfrm_send_acquire"},
                      {"xfrm_send_acquire"});
  const Hook dump = kernel.hook("dump_state"), acquire = kernel.hook("acquire");
  CHECK(dump.way == AttachKind::kprobe);
  CHECK(dump.address == 0xffffffff81000100);
  CHECK(dump.module() == nullptr);
  CHECK(acquire.way == AttachKind::fexit);
  CHECK(kernel.hook("dump_policy").way == AttachKind::later); // its module may come
  const std::string text = to_text(std::span(&dump, 1));
  CHECK(text.find("dump_one_state ") != text.npos);
  CHECK(text.find("[xfrm_user]") == text.npos);
}

TEST_CASE("a module's own function goes before one of the same name in the kernel's image") {
  const Kernel kernel({"ffffffff81000100 t dump_one_state", "ffffffffc0000000 t dump_one_state\t[xfrm_user]"}, {});
  CHECK(kernel.hook("dump_state").address == 0xffffffffc0000000);
  CHECK(kernel.hook("dump_state").module() == std::string_view("xfrm_user"));
}

TEST_CASE("where policies are unlinked inline, the function that ends them is hooked") {
  const Kernel kernel({"ffffffff81000100 t xfrm_policy_kill"}, {"xfrm_policy_kill"});
  const Hook hook = kernel.hook("policy_unlink");
  CHECK(hook.way == AttachKind::fentry);
  CHECK(hook.address == 0xffffffff81000100);
  CHECK(hook.function() == std::string_view("xfrm_policy_kill"));
  CHECK(hook_problem(hook).empty());
  const std::string text = to_text(std::span(&hook, 1));
  CHECK(text.find("xfrm_policy_kill") != text.npos);
  CHECK(text.find("fentry, for __xfrm_policy_unlink") != text.npos);
  CHECK(to_json_lines(std::span(&hook, 1)).find("\"function\":\"xfrm_policy_kill\"") != std::string::npos);
  // It is called after the lock: what preempts it could make the kernel pass over an fentry program.
  CHECK(kernel.hook("policy_unlink", Preemption::outside_locks).way == AttachKind::kprobe);
}

TEST_CASE("the function itself goes before the one that is called after it") {
  const Kernel kernel({"ffffffff81000100 t xfrm_policy_kill", "ffffffff81000200 t __xfrm_policy_unlink"}, {});
  CHECK(kernel.hook("policy_unlink").address == 0xffffffff81000200);
  CHECK(!kernel.hook("policy_unlink").instead);
}

TEST_CASE("without either the mirror is incomplete, in a sentence") {
  const Kernel kernel({}, {});
  CHECK(
      hook_problem(kernel.hook("policy_unlink")) ==
      "the mirror of states and policies is incomplete: this kernel has no function __xfrm_policy_unlink, which tells "
      "of policies that are removed");
  CHECK(hook_problem(kernel.hook("policy_link")).ends_with("which tells of policies of sockets that are made"));
  CHECK(hook_problem(kernel.hook("set_default")).empty());
}

TEST_CASE("of a function's copies only one with the same parameters is hooked") {
  const Kernel promoted({"ffffffff81000100 t __xfrm_state_insert.llvm.7294"}, {"__xfrm_state_insert"});
  CHECK(promoted.hook("state_insert").way == AttachKind::kretprobe); // the types' function has another name
  CHECK(promoted.hook("state_insert").address == 0xffffffff81000100);
  const Kernel changed_abi(
      {"ffffffff81000100 t __xfrm_state_insert.isra.0", "ffffffff81000200 t __xfrm_state_insert.part.1"},
      {"__xfrm_state_insert"});
  CHECK(changed_abi.hook("state_insert").way == AttachKind::missing);
}

TEST_CASE("where notices of filters are sent inline, each classifier's own function is hooked") {
  const Kernel kernel(
      {"ffffffff81000100 t tc_new_tfilter", "ffffffff81000200 t u32_change", "ffffffffc0000000 t fw_change\t[cls_fw]"},
      {});
  CHECK(hook_problem(kernel.hook("tc_filter")).empty());
  CHECK(kernel.hook("tc_filter_made").way == AttachKind::kretprobe);
  CHECK(kernel.hook("tc_change_u32").address == 0xffffffff81000200); // built in
  CHECK(kernel.hook("tc_change_fw").address == 0xffffffffc0000000);
  CHECK(kernel.hook("tc_change_bpf").way == AttachKind::later);
  const Hook hook = kernel.hook("tc_change_fw");
  CHECK(to_text(std::span(&hook, 1)).find("kretprobe, for tfilter_notify") != std::string::npos);
}

TEST_CASE("where a function sends notices of filters, it alone is hooked") {
  const Kernel kernel({"ffffffff81000100 t tfilter_notify", "ffffffff81000200 t u32_change"}, {});
  CHECK(kernel.hook("tc_filter").way == AttachKind::kprobe);
  for (const Hook& hook : plan_hooks(kernel.symbols, kernel.btf, {}, Preemption::nowhere))
    CHECK(!hook.spec->without);
}
