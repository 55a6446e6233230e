// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A function of a real kernel with any bytes in its text, and any text as a saved image. Runs at the top of the
// repository.
#include "../../user/resolve/image_file.hpp"
#include "../../user/resolve/resolve.hpp"
#include "../../user/sys/gzip.hpp"

#include <algorithm>
#include <cstdlib>

using namespace xs;

namespace {

KernelImage& kernel() {
  static KernelImage image = [] {
    const auto text = read_gzip("tests/fixtures/6.12.json.gz");
    auto parsed = text ? parse_image(*text) : std::nullopt;
    if (!parsed) std::abort();
    return std::move(*parsed);
  }();
  return image;
}

// Every site lies in the text that was searched.
void check(const KernelImage& image) {
  for (const Site& site : resolve(image).sites)
    if (image.code(site.address).empty()) std::abort();
}

// The first byte chooses the function, the next two where the others go.
void resolve_with(std::span<const uint8_t> bytes) {
  static const std::vector<Symbol> all = kernel().functions;
  const Symbol& function = all[bytes[0] % all.size()];
  auto& text = kernel().text.at(function.address);
  const std::vector<uint8_t> before = text;
  const size_t at = (size_t{bytes[1]} << 8 | bytes[2]) % std::max<size_t>(text.size(), 1);
  const auto rest = bytes.subspan(3);
  std::ranges::copy(rest.first(std::min(rest.size(), text.size() - at)), text.begin() + static_cast<ptrdiff_t>(at));
  kernel().functions = {function};
  check(kernel());
  text = before;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 3) resolve_with({data, size});
  if (const auto image = parse_image({reinterpret_cast<const char*>(data), size})) check(*image);
  return 0;
}
