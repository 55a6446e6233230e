// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The command `probes`: the sites of this kernel, compared with the list from the sources.
#include "commands.hpp"
#include "output.hpp"

#include "../collect/finder.hpp"
#include "../collect/kernel_image.hpp"
#include "../collect/requirements.hpp"
#include "../render/hooks.hpp"
#include "../render/loss_sites.hpp"
#include "../render/probes.hpp"
#include "../resolve/image_file.hpp"
#include "../resolve/resolve.hpp"
#include "../sys/gzip.hpp"
#include "../sys/kernel_config.hpp"
#include "../sys/modules.hpp"
#include "../sys/procfs.hpp"

#include <exception>

namespace xs {
namespace {

Result<KernelImage> running_kernel() {
  if (const Status able = first_failure(judge(look_at_node(), Purpose::probes)); !able)
    return tl::unexpected(able.error());
  auto memory = KernelMemory::open();
  if (!memory) return tl::unexpected(memory.error());
  return read_kernel_image(*memory);
}

// Reads a saved image, plain or compressed.
Result<KernelImage> saved_kernel(const std::string& path) {
  const auto text = read_gzip(path);
  if (!text) return tl::unexpected(text.error());
  try {
    if (auto image = parse_image(*text); image && image->btf.vmlinux) return std::move(*image);
  } catch (const std::exception&) {
    // Whatever is wrong with the file, the remedy is the same.
  }
  return fail("{} is not a kernel image; save one with xfrm-snap probes --save-image", path);
}

std::vector<std::string> counter_names() {
  std::vector<std::string> out;
  const std::string text = read_file("/proc/net/xfrm_stat").value_or("");
  for (size_t at = 0; at < text.size(); at = std::min(text.find('\n', at), text.size()) + 1)
    if (const size_t end = text.find_first_of(" \t\n", at); end != text.npos && end > at)
      out.push_back(text.substr(at, end - at));
  return out;
}

KernelFacts facts(const KernelImage& image, bool running) {
  KernelFacts out{.release = image.release,
                  .functions = image.functions,
                  .loaded = {},
                  .installed = {},
                  .config = {},
                  .counters = {}};
  for (const Symbol& f : image.functions)
    if (!f.module.empty()) out.loaded.insert(f.module);
  if (!running) return out;
  out.loaded.merge(loaded_modules().value_or(std::set<std::string>{}));
  out.installed = installed_modules(image.release);
  out.config = read_kernel_config(image.release);
  out.counters = counter_names();
  return out;
}

int refuse(const Error& error) {
  complain(error.text);
  return 1;
}

} // namespace

int run_probes(const Options& options) {
  quiet_libbpf(options);
  const bool running = options.image.empty();
  auto image = running ? running_kernel() : saved_kernel(options.image);
  if (!image) return refuse(image.error());
  if (!options.save_image.empty())
    if (const Status saved = write_gzip(options.save_image, serialize(*image)); !saved) return refuse(saved.error());
  const Resolution found = resolve(*image);
  for (const std::string& problem : found.problems)
    complain(problem);
  const Audit audited = audit(found.sites, facts(*image, running));
  const ProbesReport report{image->release, found.sites, found.marks, audited};
  Output out;
  if (running) {
    const auto hooks = find_hooks(image->symbols, image->btf);
    if (!hooks) return refuse(hooks.error());
    out.print(options.json ? to_json_lines(*hooks) : to_text(*hooks) + "\n");
  }
  const Losses losses = find_losses(*image, found.refused);
  out.print(options.json ? to_json_lines(losses) : to_text(losses) + "\n");
  out.print(options.json ? to_json_lines(report) : to_text(report, options.style.color));
  return out.exit_code();
}

} // namespace xs
