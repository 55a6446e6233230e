// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads /proc/kallsyms block by block: it has some 150,000 lines.
#include "kallsyms.hpp"
#include "../sys/fd.hpp"
#include "../sys/procfs.hpp"

#include <cstring>
#include <fcntl.h>

namespace xs {
namespace {

constexpr size_t kBlock = 1 << 16; // bytes; KSYM_NAME_LEN is 512

// Takes whole lines from a block, and moves the remainder to its start. Returns the size of the remainder, bytes.
size_t take_lines(SymbolTable& table, char* block, size_t size) {
  char* at = block;
  char* const end = block + size;
  while (char* newline = static_cast<char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)))) {
    table.add_line({at, newline});
    at = newline + 1;
  }
  const auto rest = static_cast<size_t>(end - at);
  if (rest == kBlock) return 0; // longer than any line of kallsyms
  std::memmove(block, at, rest);
  return rest;
}

} // namespace

Result<SymbolTable> read_kallsyms() {
  const Fd file(open("/proc/kallsyms", O_RDONLY | O_CLOEXEC));
  if (!file)
    return fail("cannot read kernel symbols: /proc/kallsyms: {}; the kernel needs CONFIG_KALLSYMS", errno_text());
  SymbolTable table;
  std::vector<char> block(kBlock);
  size_t held = 0;
  for (ssize_t n; (n = read(file.get(), block.data() + held, kBlock - held)) != 0;) {
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail("cannot read kernel symbols: /proc/kallsyms: {}", errno_text());
    held = take_lines(table, block.data(), held + static_cast<size_t>(n));
  }
  table.sort();
  if (table.hidden())
    return fail(
        "cannot read kernel symbols: their addresses are hidden (kernel.kptr_restrict is {}); set it to 1 or 0, "
        "and run as root or with CAP_SYSLOG",
        read_line("/proc/sys/kernel/kptr_restrict").value_or("not readable"));
  return table;
}

} // namespace xs
