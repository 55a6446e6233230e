// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Lists every netns of the machine from the kernel's own list, also those without a name or a process.
#pragma once

#include "../resolve/image.hpp"
#include "../sys/kernel_memory.hpp"
#include "../sys/result.hpp"

namespace xs {

struct LiveNetns {
  uint64_t mib;  // net->mib.xfrm_statistics, a per-CPU address
  uint32_t inum; // inode number
  bool dying;    // without references: it waits to be taken down
};

// Where the kernel keeps the list: addresses, and offsets in struct net.
struct NetnsList {
  uint64_t head = 0, init = 0;
  int64_t link = 0, inum = 0, mib = 0;
  int64_t users = -1; // a 32-bit counter; -1: not known
};

// By the kernel's symbols; where these name no variables (no CONFIG_KALLSYMS_ALL), from this process' own netns.
Result<NetnsList> find_netns_list(const KernelImage& image, KernelMemory& memory);
// The first one is the initial netns.
Result<std::vector<LiveNetns>> list_netns(const NetnsList& list, KernelMemory& memory);

} // namespace xs
