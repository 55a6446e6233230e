// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads /proc/kallsyms line by line.
#include "kallsyms.hpp"
#include "procfs.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace xs {

Result<SymbolTable> read_kallsyms() {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(fopen("/proc/kallsyms", "re"), fclose);
  if (!file)
    return fail("cannot read kernel symbols: /proc/kallsyms: {}; the kernel needs CONFIG_KALLSYMS", errno_text());
  setvbuf(file.get(), nullptr, _IOFBF, 1 << 16);
  SymbolTable table;
  char line[1024]; // KSYM_NAME_LEN is 512
  while (fgets(line, sizeof(line), file.get())) {
    std::string_view text(line);
    if (text.ends_with('\n')) text.remove_suffix(1);
    table.add_line(text);
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
