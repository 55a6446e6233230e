// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads the kernel's build options.
#include "kernel_config.hpp"
#include "gzip.hpp"

#include <algorithm>

namespace xs {

KernelConfig parse_config(std::string_view text) {
  KernelConfig out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const size_t equals = line.find('=');
    if (!line.starts_with("CONFIG_") || equals == line.npos) continue;
    const std::string_view value = line.substr(equals + 1);
    if (value == "n") continue;
    out.emplace(line.substr(0, equals), value == "y" || value == "m" ? value[0] : 'v');
  }
  return out;
}

std::optional<KernelConfig> read_kernel_config(const std::string& release) {
  for (const std::string& path : {std::string("/proc/config.gz"), "/boot/config-" + release,
                                  "/lib/modules/" + release + "/config", "/usr/lib/modules/" + release + "/config"})
    if (const auto text = read_gzip(path); text && !text->empty()) return parse_config(*text);
  return {};
}

} // namespace xs
