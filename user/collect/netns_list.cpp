// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads the kernel's net_namespace_list.
#include "netns_list.hpp"

namespace xs {
namespace {

// False: the list changed while it was read.
bool walk(const NetnsList& list, KernelMemory& memory, std::vector<LiveNetns>& out) {
  constexpr int kMost = 1 << 20; // bounds a list that changes
  uint64_t link = 0;
  out.clear();
  memory.read_object(list.head, link);
  for (int i = 0; i < kMost && link && link != list.head; i++) {
    const uint64_t net = link - static_cast<uint64_t>(list.link);
    LiveNetns ns{};
    if (!memory.read_object(net + static_cast<uint64_t>(list.mib), ns.mib) ||
        !memory.read_object(net + static_cast<uint64_t>(list.inum), ns.inum) || !memory.read_object(link, link))
      return false;
    if (uint32_t users = 0; list.users >= 0 && memory.read_object(net + static_cast<uint64_t>(list.users), users))
      ns.dying = users == 0;
    if (ns.mib) out.insert(net == list.init ? out.begin() : out.end(), ns);
  }
  return link == list.head && !out.empty();
}

// The offset of a netns' reference count: since 6.18, since 5.11, before.
int64_t users_offset(const Types& types) {
  for (const auto& path : {std::initializer_list<std::string_view>{"ns", "__ns_ref"}, {"ns", "count"}, {"count"}})
    if (const int64_t at = types.offset_of("net", path); at >= 0) return at;
  return -1;
}

} // namespace

Result<NetnsList> find_netns_list(const KernelImage& image) {
  const Types& types = image.btf.types();
  const auto counters = types.counters();
  const int64_t link = types.offset_of("net", {"list"}), inum = types.offset_of("net", {"ns", "inum"});
  if (!counters || link < 0 || inum < 0) return fail("cannot read struct net from the kernel's BTF");
  const auto init = image.symbols.address_of("init_net"), head = image.symbols.address_of("net_namespace_list");
  if (!init || !head) return fail("cannot find the kernel's list of netns (symbol net_namespace_list)");
  return NetnsList{*head, *init, link, inum, counters->offset, users_offset(types)};
}

Result<std::vector<LiveNetns>> list_netns(const NetnsList& list, KernelMemory& memory) {
  constexpr int kTries = 10;
  std::vector<LiveNetns> out;
  for (int i = 0; i < kTries; i++)
    if (walk(list, memory, out)) return out;
  return fail("cannot read the kernel's list of netns");
}

} // namespace xs
