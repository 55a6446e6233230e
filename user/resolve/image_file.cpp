// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes and reads kernel images as JSON.
#include "image_file.hpp"
#include "btf_subset.hpp"
#include "text_tree.hpp"

#include "../model/joined.hpp"

#include <bpf/btf.h>
#include <charconv>
#include <fmt/format.h>
#include <map>
#include <set>

namespace xs {
namespace {

std::string hex(std::span<const uint8_t> bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(2 * bytes.size());
  for (const uint8_t byte : bytes)
    out += {kDigits[byte >> 4], kDigits[byte & 0xf]};
  return out;
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
      const auto insn = image.arch->decode(image.code(at), at);
      if (insn && insn->target && insn->flow != Insn::Flow::branch) out.insert(*insn->target);
      at += insn ? insn->length : 1;
    }
  }
  return out;
}

std::string btf_hex(const btf* b) {
  uint32_t size = 0;
  const void* raw = btf__raw_data(b, &size);
  return hex({static_cast<const uint8_t*>(raw), size});
}

bool read_text(TextTree& in, KernelImage& image) {
  return in.object([&](const std::string& address) {
    std::string bytes;
    const auto at = number(address);
    auto text = in.string(bytes) ? unhex(bytes) : std::nullopt;
    if (at && text) image.text.emplace(*at, std::move(*text));
    return at && text;
  });
}

bool read_symbols(TextTree& in, KernelImage& image) {
  std::string line;
  return in.array([&] {
    const bool good = in.string(line);
    if (good) image.symbols.add_line(line);
    return good;
  });
}

// Those whose text is there.
void find_functions(KernelImage& image) {
  image.symbols.sort();
  for (Symbol& s : image.symbols.functions([](std::string_view) { return true; })) {
    const auto it = image.text.find(s.address);
    if (it == image.text.end()) continue;
    s.size = it->second.size();
    image.functions.push_back(std::move(s));
  }
}

BtfPtr parse_btf(const std::string& text) {
  const auto raw = unhex(text);
  return BtfPtr(raw ? btf__new(raw->data(), static_cast<uint32_t>(raw->size())) : nullptr);
}

} // namespace

std::string serialize(const KernelImage& image) {
  std::vector<std::string> symbols;
  std::map<std::string, std::string> text;
  std::set<std::string, std::less<>> names;
  for (const Symbol& f : image.functions) {
    const std::string module = f.module.empty() ? "" : fmt::format("\t[{}]", f.module);
    symbols.push_back(quoted(fmt::format("{:x} t {}{}", f.address, f.name, module)));
    text.emplace(fmt::format("{:x}", f.address), hex(image.text.at(f.address)));
    names.emplace(source_name(f.name));
  }
  for (const uint64_t address : called(image)) {
    if (image.text.contains(address)) continue;
    for (const std::string_view name : image.symbols.names_at(address)) {
      symbols.push_back(quoted(fmt::format("{:x} t {}", address, name)));
      names.emplace(name);
    }
  }
  std::vector<std::string> code;
  for (const auto& [address, bytes] : text)
    code.push_back(fmt::format(R"("{}":"{}")", address, bytes));
  return fmt::format(R"({{"arch":"x86_64","btf":"{}","release":{},"symbols":[{}],"text":{{{}}}}})"
                     "\n",
                     btf_hex(btf_subset(image.btf, names).get()), quoted(image.release), joined(symbols, ","),
                     joined(code, ","));
}

std::optional<KernelImage> parse_image(const std::string& text) {
  KernelImage image;
  std::string arch, types;
  bool code = false, symbols = false;
  TextTree in(text);
  const bool read = in.object([&](const std::string& name) {
    if (name == "arch") return in.string(arch);
    if (name == "btf") return in.string(types);
    if (name == "release") return in.string(image.release);
    if (name == "symbols") return symbols = read_symbols(in, image);
    return code = name == "text" && read_text(in, image);
  });
  if (!read || !in.ends() || !symbols || !code) return {};
  image.arch = &x86_64();
  find_functions(image);
  image.btf.vmlinux = parse_btf(types);
  if (!image.btf.vmlinux) return {};
  return image;
}

} // namespace xs
