// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes and reads kernel images as JSON.
#include "image_file.hpp"
#include "btf_subset.hpp"
#include "losses.hpp"

#include <bpf/btf.h>
#include <charconv>
#include <nlohmann/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace xs {
namespace {

using nlohmann::json;

std::string hex(std::span<const uint8_t> bytes) {
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

std::optional<uint64_t> number(std::string_view text) {
  uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return n;
}

std::optional<std::vector<uint8_t>> unhex(const std::string& text) {
  std::vector<uint8_t> out;
  for (size_t i = 0; i < text.size(); i += 2) {
    const auto byte = i + 1 < text.size() ? number(std::string_view(text).substr(i, 2)) : std::nullopt;
    if (!byte) return {};
    out.push_back(static_cast<uint8_t>(*byte));
  }
  return out;
}

// Every address that the searched functions call or jump to.
std::set<uint64_t> called(const KernelImage& image) {
  std::set<uint64_t> out;
  for (const auto& [start, text] : image.text) {
    for (uint64_t at = start; at < start + text.size();) {
      const auto insn = image.insn(at);
      if (insn && insn->target && insn->flow != Insn::Flow::branch) out.insert(*insn->target);
      at += insn ? insn->length : image.arch->step;
    }
  }
  return out;
}

json tables_hex(const KernelImage& image) {
  json out = json::object();
  for (const auto& [at, targets] : image.tables) {
    json& row = out[fmt::format("{:x}", at)] = json::array();
    for (const uint64_t target : targets)
      row.push_back(fmt::format("{:x}", target));
  }
  return out;
}

json btf_hex(const btf* b) {
  uint32_t size = 0;
  const void* raw = btf__raw_data(b, &size);
  return hex({static_cast<const uint8_t*>(raw), size});
}

// The member of that type, or nullptr.
const json* member(const json& in, const char* name, json::value_t type) {
  const auto it = in.is_object() ? in.find(name) : in.end();
  return it != in.end() && it->type() == type ? &*it : nullptr;
}

bool parse_text(const json& in, KernelImage& image) {
  for (const auto& [address, bytes] : in.items()) {
    const auto at = number(address);
    auto text = bytes.is_string() ? unhex(bytes.get<std::string>()) : std::nullopt;
    if (!at || !text) return false;
    image.text.emplace(*at, std::move(*text));
  }
  return true;
}

bool parse_tables(const json& in, KernelImage& image) {
  for (const auto& [address, row] : in.items()) {
    const auto at = number(address);
    if (!at || !row.is_array()) return false;
    for (const json& word : row) {
      const auto target = word.is_string() ? number(word.get<std::string>()) : std::nullopt;
      if (!target) return false;
      image.tables[*at].push_back(*target);
    }
  }
  return true;
}

bool parse_symbols(const json& in, KernelImage& image) {
  for (const json& line : in) {
    if (!line.is_string()) return false;
    image.symbols.add_line(line.get<std::string>());
  }
  image.symbols.sort();
  for (Symbol& s : image.symbols.functions([](std::string_view) { return true; })) {
    const auto it = image.text.find(s.address);
    if (it == image.text.end()) continue;
    s.size = it->second.size();
    if (may_lose(source_name(s.name))) image.losing.push_back(s);
    if (is_searched(source_name(s.name)) || !may_lose(source_name(s.name))) image.functions.push_back(std::move(s));
  }
  return true;
}

BtfPtr parse_btf(const std::string& text) {
  const auto raw = unhex(text);
  return BtfPtr(raw ? btf__new(raw->data(), static_cast<uint32_t>(raw->size())) : nullptr);
}

} // namespace

std::string serialize(const KernelImage& image) {
  json out{{"release", image.release},
           {"arch", machine_name(image.arch->processor)},
           {"symbols", json::array()},
           {"text", json::object()}};
  std::set<std::string, std::less<>> names;
  std::vector<Symbol> functions = image.functions;
  for (const Symbol& f : image.losing)
    if (!image.around(f.address)) functions.push_back(f);
  for (const Symbol& f : functions) {
    const std::string module = f.module.empty() ? "" : fmt::format("\t[{}]", f.module);
    out["symbols"].push_back(fmt::format("{:x} t {}{}", f.address, f.name, module));
    out["text"][fmt::format("{:x}", f.address)] = hex(image.text.at(f.address));
    names.emplace(source_name(f.name));
  }
  for (const uint64_t address : called(image)) {
    if (image.text.contains(address)) continue;
    for (const std::string_view name : image.symbols.names_at(address)) {
      out["symbols"].push_back(fmt::format("{:x} t {}", address, name));
      names.emplace(name);
    }
  }
  out["tables"] = tables_hex(image);
  out["btf"] = btf_hex(btf_subset(image.btf, names).get());
  return out.dump() + "\n";
}

std::optional<KernelImage> parse_image(const std::string& text) {
  using Type = json::value_t;
  const json in = json::parse(text, nullptr, false);
  const json *release = member(in, "release", Type::string), *symbols = member(in, "symbols", Type::array),
             *code = member(in, "text", Type::object), *types = member(in, "btf", Type::string);
  if (!release || !symbols || !code || !types) return {};
  KernelImage image;
  const json* machine = member(in, "arch", Type::string); // images of the first releases have none
  image.arch = machine ? arch_named(machine->get<std::string>()) : &x86_64();
  if (!image.arch) return {};
  image.release = *release;
  if (!parse_text(*code, image) || !parse_symbols(*symbols, image)) return {};
  const json* tables = member(in, "tables", Type::object); // images saved by earlier releases have none
  if (tables && !parse_tables(*tables, image)) return {};
  image.btf.vmlinux = parse_btf(*types);
  if (!image.btf.vmlinux) return {};
  return image;
}

} // namespace xs
