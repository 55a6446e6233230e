// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Walks net_namespace_list.
#include "netns_list.hpp"

namespace xs {
namespace {

struct Offsets {
  int64_t list, inum, mib;
};

Result<Offsets> offsets(const Types& types) {
  const auto counters = types.counters();
  const int64_t list = types.offset_of("net", {"list"}), inum = types.offset_of("net", {"ns", "inum"});
  if (!counters || list < 0 || inum < 0) return fail("cannot read struct net from the kernel's BTF");
  return Offsets{list, inum, counters->offset};
}

} // namespace

Result<std::vector<LiveNetns>> list_netns(const KernelImage& image, KernelMemory& memory) {
  constexpr int kMost = 1 << 20; // a list that changes while it is read cannot lead us around forever
  const auto at = offsets(Types(image.btf.vmlinux.get()));
  if (!at) return tl::unexpected(at.error());
  const auto init = image.symbols.address_of("init_net"), head = image.symbols.address_of("net_namespace_list");
  if (!init || !head) return fail("cannot find the kernel's list of netns (symbol net_namespace_list)");
  std::vector<LiveNetns> out;
  uint64_t link = 0;
  memory.read_object(*head, link);
  for (int i = 0; i < kMost && link && link != *head; i++) {
    const uint64_t net = link - static_cast<uint64_t>(at->list);
    LiveNetns ns{};
    if (!memory.read_object(net + at->mib, ns.mib) || !memory.read_object(net + at->inum, ns.inum) ||
        !memory.read_object(link, link))
      break;
    if (ns.mib) out.insert(net == *init ? out.begin() : out.end(), ns);
  }
  if (out.empty()) return fail("cannot read the kernel's list of netns");
  return out;
}

} // namespace xs
