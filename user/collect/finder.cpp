// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads the kernel's image, and finds sites, hooks and addresses in it.
#include "finder.hpp"
#include "../model/records.hpp"
#include "../resolve/resolve.hpp"
#include "../sys/limits.hpp"
#include "kallsyms.hpp"
#include "kernel_image.hpp"
#include "../sys/modules.hpp"

#include <algorithm>

namespace xs {
namespace {

RouteInputs route_inputs(const SymbolTable& symbols) {
  const auto at = [&](const char* name) { return symbols.address_of(name).value_or(0); };
  return {{at("ip_forward"), at("ip6_forward")}, {at("ip_local_deliver"), at("ip6_input")}};
}

} // namespace

// Functions that may send an ICMP error about a packet that is too big, and then count it.
static std::vector<code_range> counting_callers(const SymbolTable& symbols) {
  constexpr std::string_view kNames[] = {
      "xfrm_output",          "xfrm_output_resume",   "xfrm_inner_extract_output", "xfrm_extract_output",
      "xfrm4_extract_output", "xfrm6_extract_output", "xfrm4_tunnel_check_size",   "xfrm6_tunnel_check_size"};
  std::vector<code_range> out;
  for (const Symbol& f :
       symbols.functions([&](std::string_view name) { return std::ranges::find(kNames, name) != std::end(kNames); }))
    out.push_back({f.address, f.size});
  return out;
}

Result<std::vector<Hook>> find_hooks(const SymbolTable& symbols, KernelBtf& btf) {
  const auto loaded = loaded_modules();
  if (!loaded) return tl::unexpected(loaded.error());
  for (const HookSpec& spec : hook_specs())
    if (btf.vmlinux && spec.module && loaded->contains(spec.module) && !btf.modules.contains(spec.module))
      if (auto types = read_btf(spec.module, btf.vmlinux.get())) btf.modules.emplace(spec.module, std::move(*types));
  const bool direct =
      symbols.address_of("register_ftrace_direct").has_value(); // the mechanism that calls fentry programs
  const KernelBtf none;
  return plan_hooks(symbols, direct ? btf : none, *loaded, preemption());
}

// The allocator has a few rows ready on each CPU. With PREEMPT_RT a thread of low priority refills it, which interrupt
// threads keep from running: 70 to 122 of 10,000 states found no room at the start beside bursts of packets.
bool maps_can_grow(const SymbolTable& symbols, Preemption preemption) {
  return preemption != Preemption::everywhere && symbols.address_of("bpf_mem_alloc_init").has_value();
}

static Status read_netns(Found& out, KernelImage& image, KernelMemory& memory) {
  const auto list = find_netns_list(image, memory);
  if (!list) return tl::unexpected(list.error());
  auto netns = list_netns(*list, memory);
  if (!netns) return tl::unexpected(netns.error());
  out.netns_list = *list;
  out.netns = std::move(*netns);
  out.per_cpu = find_per_cpu(image, memory);
  out.route_inputs = route_inputs(image.symbols);
  out.growing_maps = maps_can_grow(image.symbols, preemption());
  auto hooks = find_hooks(image.symbols, image.btf);
  if (!hooks) return tl::unexpected(hooks.error());
  out.hooks = std::move(*hooks);
  return {};
}

const Types* types_for_programs(const Found& found) {
  constexpr uint64_t kRoom = 16u << 20;
  return may_write(kRoom) ? &found.btf.types() : nullptr;
}

Result<Found> find_for_mirror(KernelMemory& memory) {
  KernelImage image;
  auto symbols = read_kallsyms();
  if (!symbols) return tl::unexpected(symbols.error());
  image.symbols = std::move(*symbols);
  auto types = read_btf("vmlinux", nullptr);
  if (!types) return tl::unexpected(types.error());
  image.btf.vmlinux = std::move(*types);
  Found out;
  if (Status read = read_netns(out, image, memory); !read) return tl::unexpected(read.error());
  out.btf = std::move(image.btf);
  return out;
}

Result<Found> find(KernelMemory& memory, const std::optional<std::string>& module) {
  auto image = read_kernel_image(memory, module);
  if (!image) return tl::unexpected(image.error());
  Found out;
  out.release = image->release;
  Resolution resolution = resolve(*image);
  out.sites = std::move(resolution.sites);
  out.marks = std::move(resolution.marks);
  out.losses = find_losses(*image, std::move(resolution.refused));
  if (!module) out.counting_callers = counting_callers(image->symbols);
  out.problems = std::move(resolution.problems);
  if (!module) {
    if (Status read = read_netns(out, *image, memory); !read) return tl::unexpected(read.error());
    const Types& types = image->btf.types();
    const auto mib = types.counters();
    out.counters = mib ? static_cast<uint32_t>(types.size(mib->pointee.type) / 8) : 0;
    if (!out.counters) return fail("this kernel counts no XFRM errors (CONFIG_XFRM_STATISTICS)");
    if (out.counters > COUNTER_SLOTS)
      out.problems.push_back(fmt::format("the kernel has {} counters, more than the {} that can be compared",
                                         out.counters, COUNTER_SLOTS));
  }
  out.symbols = std::move(image->symbols);
  if (!module) out.btf = std::move(image->btf);
  return out;
}

} // namespace xs
