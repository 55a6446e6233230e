// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads symbols, text and types of the running kernel.
#include "kernel_image.hpp"
#include "kallsyms.hpp"
#include "kprobes.hpp"
#include "../resolve/losses.hpp"
#include "../sys/procfs.hpp"

#include <bpf/btf.h>
#include <sys/utsname.h>

namespace xs {
namespace {

utsname running_kernel() {
  utsname name{};
  uname(&name);
  return name;
}

void read_text(KernelImage& image, Symbol& function, KernelMemory& memory) {
  if (const auto known = image.text.find(function.address); known != image.text.end()) {
    function.size = known->second.size();
    return;
  }
  auto text = memory.read_some(function.address, function.size);
  function.size = text.size();
  image.text.emplace(function.address, std::move(text));
}

// The addresses in a jump table, up to the first one outside of the function; this includes a further table of the same
// function that follows.
std::vector<uint64_t> read_table(KernelMemory& memory, uint64_t at, const KernelImage& image, const Symbol& function) {
  constexpr size_t kLargest = 1024;
  std::vector<uint64_t> out;
  const auto stays = [&](uint64_t target) {
    const Symbol* around = image.around(target);
    return around && around->module == function.module && source_name(around->name) == source_name(function.name);
  };
  for (uint64_t target = 0; out.size() < kLargest && memory.read_object(at + 8 * out.size(), target) && stays(target);)
    out.push_back(target);
  return out;
}

// The functions that modules call through veneers get the veneers' addresses, too.
void name_veneers(KernelImage& image, KernelMemory& memory) {
  constexpr size_t kBytes = 16;
  std::map<uint64_t, std::pair<std::string, std::string>> found; // by address: function and module
  const auto look = [&](const Symbol& f, uint64_t at) {
    const auto insn = image.insn(at);
    const uint64_t target = insn && insn->target ? *insn->target : 0;
    if (!target || target - f.address < f.size || !image.symbols.name_at(target).empty()) return;
    const auto to = image.arch->veneer(memory.read_some(target, kBytes), target);
    const auto name = to ? image.symbols.name_at(*to) : std::string_view{};
    if (!name.empty()) found.try_emplace(target, name, f.module);
  };
  for (const auto* functions : {&image.functions, &image.losing})
    for (const Symbol& f : *functions)
      for (uint64_t at = f.address; !f.module.empty() && at < f.address + f.size; at += image.arch->step)
        look(f, at);
  for (const auto& [address, names] : found)
    image.symbols.add_veneer(address, names.first, names.second);
  image.symbols.sort();
}

} // namespace

Result<BtfPtr> read_btf(const std::string& name, btf* base) {
  const std::string path = "/sys/kernel/btf/" + name;
  btf* parsed = base ? btf__parse_split(path.c_str(), base) : btf__parse(path.c_str(), nullptr);
  if (!parsed) return fail("cannot read the kernel's types from {}: {}", path, errno_text());
  return BtfPtr(parsed);
}

Result<KernelImage> read_kernel_image(KernelMemory& memory, const std::optional<std::string>& only) {
  KernelImage image;
  const utsname kernel = running_kernel();
  image.arch = arch_named(kernel.machine);
  if (!image.arch) return fail("cannot read a kernel of this processor, {}", kernel.machine);
  image.release = kernel.release;
  auto symbols = read_kallsyms();
  if (!symbols) return tl::unexpected(symbols.error());
  image.symbols = std::move(*symbols);
  auto vmlinux = read_btf("vmlinux", nullptr);
  if (!vmlinux) return tl::unexpected(vmlinux.error());
  image.btf.vmlinux = std::move(*vmlinux);
  const auto wanted = [](std::string_view name) { return is_searched(name) || may_lose(name); };
  for (Symbol& f : image.symbols.functions(wanted)) {
    if (only && f.module != *only) continue;
    if (may_lose(source_name(f.name))) image.losing.push_back(f);
    if (is_searched(source_name(f.name))) image.functions.push_back(std::move(f));
  }
  const Types& types = image.btf.types();
  const auto probes = read_kprobes(image.symbols, types, memory);
  for (Symbol& f : image.losing)
    read_text(image, f, memory);
  for (Symbol& f : image.functions) {
    read_text(image, f, memory);
    if (f.module.empty() || image.btf.modules.contains(f.module)) continue;
    // Kernels before 5.11 have no BTF of modules: the parameters of their functions stay unknown.
    if (auto module = read_btf(f.module, image.btf.vmlinux.get()))
      image.btf.modules.emplace(f.module, std::move(*module));
  }
  const auto later = read_kprobes(image.symbols, types, memory);
  for (auto& [address, text] : image.text) {
    remove_kprobes(this_abi(), probes, address, text);
    remove_kprobes(this_abi(), later, address, text);
  }
  for (const auto* functions : {&image.functions, &image.losing})
    for (const Symbol& f : *functions)
      remove_trampoline(this_abi(), image.symbols, f, image.text.at(f.address));
  if (image.arch->veneer) name_veneers(image, memory);
  for (const auto& [at, function] : image.jump_tables())
    if (auto targets = read_table(memory, at, image, *function); !targets.empty())
      image.tables.emplace(at, std::move(targets));
  return image;
}

} // namespace xs
