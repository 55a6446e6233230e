// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Images that hold the functions of losses, those of x86-64 nothing else: every place of real kernels that loses
// packets without a counter, held against lists that were checked by hand. After a change that is meant,
// XFRM_SNAP_WRITE_SITES=1 writes the lists anew: read their diff.
#include "../../user/resolve/losses.hpp"
#include "../../user/resolve/place.hpp"
#include "../../user/resolve/resolve.hpp"
#include "fixtures.hpp"

#include <fmt/format.h>
#include <fstream>

using namespace xs;
using namespace xs::test;

namespace {

// "too-big __icmp_send+0x9 [ipv6] packet in rdi"
std::string describe(const Site& s) {
  const auto& packet = s.operands[static_cast<size_t>(Role::skb)];
  const auto& policy = s.operands[static_cast<size_t>(Role::policy)];
  const std::string module = s.module.empty() ? "" : fmt::format(" [{}]", s.module);
  const std::string what = packet   ? "packet in " + place(*packet, s.processor)
                           : policy ? "policy in " + place(*policy, s.processor)
                                    : "nothing";
  return fmt::format("{} {}+{:#x}{} {}", loss_kind(s.counter)->name, s.function, s.offset, module, what);
}

std::string lines_of(const Losses& losses) {
  std::string out;
  for (const Site& site : losses.sites)
    out += describe(site) + "\n";
  return out;
}

std::string read_text(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

void check_places(const std::string& kernel, const Losses& losses) {
  CAPTURE(kernel);
  const std::string found = lines_of(losses);
  const std::string path = fixture("losses/" + kernel + ".places");
  if (std::getenv("XFRM_SNAP_WRITE_SITES")) std::ofstream(path) << found;
  CHECK(found == read_text(path));
}

} // namespace

TEST_CASE("the places of losses in four kernels, with what the machine holds there") {
  for (const std::string kernel : kKernels)
    check_places(kernel, find_losses(kernel_image("losses/" + kernel)));
}

TEST_CASE("the places of losses in three arm64 kernels, with what the machine holds there") {
  for (const std::string kernel : kArm64Kernels) {
    const KernelImage image = kernel_image(kernel);
    check_places(kernel, find_losses(image, resolve(image).refused));
  }
}
