// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Makes of linked objects of the kernel what `xfrm-snap probes --save-image` saves of a running one.
#include "../../user/resolve/image_file.hpp"
#include "../../user/sys/gzip.hpp"

#include <bpf/btf.h>
#include <cstdio>
#include <cstdlib>
#include <span>

using namespace xs;

namespace {

[[noreturn]] void give_up(const Error& error) {
  std::fprintf(stderr, "compilers-image: %s\n", error.text.c_str());
  std::exit(1);
}

std::string read(const std::string& path) {
  auto text = read_gzip(path);
  if (!text) give_up(text.error());
  return std::move(*text);
}

// Lines as in /proc/kallsyms.
SymbolTable symbols(const std::string& text) {
  SymbolTable out;
  for (size_t at = 0; at < text.size(); at = std::min(text.find('\n', at), text.size()) + 1)
    out.add_line(std::string_view(text).substr(at, text.find('\n', at) - at));
  out.sort();
  return out;
}

// `text`: of all functions, from `start` on.
KernelImage image(const std::string& release, const std::string& kallsyms, std::span<const uint8_t> text,
                  uint64_t start) {
  KernelImage out;
  out.arch = &x86_64();
  out.release = release;
  out.symbols = symbols(kallsyms);
  for (Symbol& f : out.symbols.functions(is_searched)) {
    if (f.address < start || f.address - start >= text.size()) continue;
    const auto code = text.subspan(f.address - start);
    f.size = std::min<uint64_t>(f.size, code.size());
    out.text.emplace(f.address, std::vector(code.begin(), code.begin() + static_cast<ptrdiff_t>(f.size)));
    out.functions.push_back(std::move(f));
  }
  return out;
}

} // namespace

// RELEASE KALLSYMS TEXT START BTF IMAGE: files, but for the release and the hexadecimal address of the text's start.
int main(int argc, char** argv) {
  if (argc != 7) give_up({"expected RELEASE KALLSYMS TEXT START BTF IMAGE"});
  const std::string text = read(argv[3]);
  const std::span bytes(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  KernelImage made = image(argv[1], read(argv[2]), bytes, std::strtoull(argv[4], nullptr, 16));
  made.btf.vmlinux = BtfPtr(btf__parse(argv[5], nullptr));
  if (!made.btf.vmlinux) give_up({std::string("cannot read the types in ") + argv[5]});
  if (const Status saved = write_gzip(argv[6], serialize(made)); !saved) give_up(saved.error());
}
