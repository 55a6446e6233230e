// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes and reads kernel images as JSON.
#include "image_file.hpp"
#include "btf_subset.hpp"

#include <bpf/btf.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace xs {
namespace {

using nlohmann::json;

std::string hex(std::span<const uint8_t> bytes) {
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

std::vector<uint8_t> unhex(const std::string& text) {
  std::vector<uint8_t> out;
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
  return out;
}

// Every address that the searched functions call.
std::set<uint64_t> called(const KernelImage& image) {
  std::set<uint64_t> out;
  for (const auto& [start, text] : image.text) {
    for (uint64_t at = start; at < start + text.size();) {
      const auto insn = image.arch->decode(image.code(at), at);
      if (insn && insn->flow == Insn::Flow::call && insn->target) out.insert(*insn->target);
      at += insn ? insn->length : 1;
    }
  }
  return out;
}

json btf_hex(const btf* b, const std::set<std::string, std::less<>>& names) {
  const BtfPtr subset = btf_subset(b, names);
  uint32_t size = 0;
  const void* raw = btf__raw_data(subset.get(), &size);
  return hex({static_cast<const uint8_t*>(raw), size});
}

} // namespace

std::string serialize(const KernelImage& image) {
  json out{{"release", image.release}, {"arch", "x86_64"}};
  std::set<std::string, std::less<>> names;
  for (const Symbol& f : image.functions) {
    out["symbols"].push_back(
        fmt::format("{:x} t {}{}", f.address, f.name, f.module.empty() ? "" : fmt::format("\t[{}]", f.module)));
    out["text"][fmt::format("{:x}", f.address)] = hex(image.text.at(f.address));
    names.emplace(source_name(f.name));
  }
  for (const uint64_t address : called(image)) {
    const std::string name(image.symbols.name_at(address));
    if (name.empty() || image.text.contains(address)) continue;
    out["symbols"].push_back(fmt::format("{:x} t {}", address, name));
    names.insert(name);
  }
  out["btf"][""] = btf_hex(image.btf.vmlinux.get(), names);
  for (const auto& [module, b] : image.btf.modules)
    out["btf"][module] = btf_hex(b.get(), names);
  return out.dump(1) + "\n";
}

std::optional<KernelImage> parse_image(const std::string& text) {
  const json in = json::parse(text, nullptr, false);
  if (in.is_discarded() || !in.contains("symbols")) return {};
  KernelImage image;
  image.arch = &x86_64();
  image.release = in.at("release");
  for (const auto& [address, bytes] : in.at("text").items())
    image.text.emplace(std::stoull(address, nullptr, 16), unhex(bytes));
  for (const auto& line : in.at("symbols"))
    image.symbols.add_line(line.get<std::string>());
  image.symbols.sort();
  for (Symbol& s : image.symbols.functions([](std::string_view) { return true; })) {
    const auto it = image.text.find(s.address);
    if (it == image.text.end()) continue;
    s.size = it->second.size();
    image.functions.push_back(std::move(s));
  }
  for (const auto& [module, bytes] : in.at("btf").items()) {
    const std::vector<uint8_t> raw = unhex(bytes);
    BtfPtr b(btf__new(raw.data(), static_cast<uint32_t>(raw.size())));
    if (module.empty())
      image.btf.vmlinux = std::move(b);
    else
      image.btf.modules.emplace(module, std::move(b));
  }
  return image;
}

} // namespace xs
