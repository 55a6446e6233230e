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

namespace {

// Where the list's head is, seen from this process' netns: what is linked there and is no netns. All netns have the
// same operations. 0: not found.
uint64_t find_head(const Types& types, KernelMemory& memory, int64_t link) {
  constexpr int kMost = 1 << 20;
  const int64_t proxy = types.offset_of("task_struct", {"nsproxy"}), own = types.offset_of("nsproxy", {"net_ns"}),
                operations = types.offset_of("net", {"ns", "ops"});
  uint64_t task = memory.current_task(), net = 0, same = 0, node = 0;
  if (!task || proxy < 0 || own < 0 || operations < 0) return 0;
  const auto follow = [&](uint64_t at, int64_t offset, uint64_t& into) {
    return memory.read_object(at + static_cast<uint64_t>(offset), into) && into;
  };
  if (!follow(task, proxy, task) || !follow(task, own, net) || !follow(net, operations, same)) return 0;
  node = net + static_cast<uint64_t>(link);
  for (int i = 0; i < kMost && memory.read_object(node, node) && node; i++) {
    uint64_t found = 0;
    if (node == net + static_cast<uint64_t>(link)) return 0;
    if (!follow(node - static_cast<uint64_t>(link), operations, found) || found != same) return node;
  }
  return 0;
}

} // namespace

Result<NetnsList> find_netns_list(const KernelImage& image, KernelMemory& memory) {
  const Types& types = image.btf.types();
  const auto counters = types.counters();
  const int64_t link = types.offset_of("net", {"list"}), inum = types.offset_of("net", {"ns", "inum"});
  if (!counters || link < 0 || inum < 0) return fail("cannot read struct net from the kernel's BTF");
  uint64_t head = image.symbols.address_of("net_namespace_list").value_or(0);
  uint64_t init = image.symbols.address_of("init_net").value_or(0);
  if (!head || !init) {
    head = find_head(types, memory, link); // of which the initial netns, which was there first, is the first one
    init = head && memory.read_object(head, init) ? init - static_cast<uint64_t>(link) : 0;
  }
  if (!init) return fail("cannot find the kernel's list of netns (symbol net_namespace_list)");
  return NetnsList{head, init, link, inum, counters->offset, users_offset(types)};
}

Result<std::vector<LiveNetns>> list_netns(const NetnsList& list, KernelMemory& memory) {
  constexpr int kTries = 10;
  std::vector<LiveNetns> out;
  for (int i = 0; i < kTries; i++)
    if (walk(list, memory, out)) return out;
  return fail("cannot read the kernel's list of netns");
}

} // namespace xs
