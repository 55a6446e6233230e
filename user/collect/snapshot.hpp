// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Makes the kernel dump its objects, so that the hooks see every state and policy that existed before them.
#pragma once

#include "../sys/xfrm_socket.hpp"

#include <set>
#include <string>
#include <vector>

namespace xs {

// Call it before hooks are attached: loads module xfrm_user, which contains some of the hooked functions, if it is
// missing. Fails if the kernel has none; then no state or policy can have been made through it.
Status load_xfrm_user();

// The number of objects in these netns (inode numbers), to size the maps before the hooks are attached. Netns that
// cannot be entered are left out.
XfrmCounts count_objects(const std::set<uint32_t>& inums);

// Pure. Sizes of the maps for so many objects. `asked`: --max-states; 0: as many as needed. `growing`: unused rows cost
// only 16 bytes.
struct MirrorRows {
  uint32_t states, policies;
};
MirrorRows mirror_rows(const XfrmCounts& there, uint32_t asked, bool growing);

// A netns whose objects are not all known.
struct SnapshotGap {
  uint32_t inum;
  std::string text; // why, a sentence
};

// Makes the kernel dump all states, policies and objects of tc of each netns, so that the hooks on the dump functions
// see each at least once; call it with the hooks attached. A netns deleted meanwhile is among the gaps, though nothing
// is left to know of it.
std::vector<SnapshotGap> snapshot(const std::set<uint32_t>& inums);
// The same for policies only.
std::vector<SnapshotGap> list_policies(const std::set<uint32_t>& inums);

} // namespace xs
