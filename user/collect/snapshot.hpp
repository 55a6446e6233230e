// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Shows the kernel's hooks every state and policy that was there before them: it has the kernel list its objects.
#pragma once

#include "../sys/xfrm_socket.hpp"

#include <set>
#include <string>
#include <vector>

namespace xs {

// To be called before hooks are attached: module xfrm_user, which some of them are in, is loaded if it is missing.
// Fails where the kernel has none; nobody can have made states or policies through it then.
Status load_xfrm_user();

// How many objects these netns (inode numbers) hold, to make room for them before the hooks are there. Those that
// cannot be entered are left out.
XfrmCounts count_objects(const std::set<uint32_t>& inums);

// Pure. Rows for the maps of so many objects. `asked`: --max-states, 0: as many as it needs. `growing`: rows that are
// not used cost 16 bytes.
struct MirrorRows {
  uint32_t states, policies;
};
MirrorRows mirror_rows(const XfrmCounts& there, uint32_t asked, bool growing);

// A netns of which not all is known.
struct SnapshotGap {
  uint32_t inum;
  std::string text; // why, a sentence
};

// Has the kernel walk all states and policies of each netns, where the hooks on dump_one_state and dump_one_policy see
// them, each at least once, and of all that tc has; to be called with the hooks in place. A netns that went meanwhile
// is among the gaps, though there is nothing left to know of it.
std::vector<SnapshotGap> snapshot(const std::set<uint32_t>& inums);
// The same of policies alone.
std::vector<SnapshotGap> list_policies(const std::set<uint32_t>& inums);

} // namespace xs
