# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Keys stay in the kernel."""

from collections import Counter

import lines
from guests import Verdict

from ..common import check_complete, equal, output_of, read


def searched(text):
    """What `lab-send search` printed, as a list of (what, places, bytes, finds)."""
    return [(words[0], int(words[2]), int(words[4]), int(words[6]))
            for words in map(str.split, text.splitlines()) if len(words) == 7]


def judge_secrets(folder):
    """Not eight bytes of a key are in a map, in memory or in an output; where one is, the search finds it."""
    output, problems = output_of(folder, "snap")
    control = searched(read(folder / "control"))
    if [one[0] for one in control] != ["memory", "maps", "file"] or not all(finds for *_, finds in control):
        problems.append(f"the search did not find what was planted: {control}")
    found = searched(read(folder / "found"))
    problems += equal("searches", [one[0] for one in found], ["memory", "maps"] * 2 + ["file"] * 6)
    problems += [f"{finds} finds in {what}" for what, _, _, finds in found if finds]
    problems += [f"only {size} bytes of {what} were searched" for what, _, size, _ in found[:4]
                 if size < (1 << 20 if what == "memory" else 1 << 12)]
    changes = Counter((one["what"], one["op"]) for one in output if one.get("type") == "change")
    if changes["state", "add"] < 4 or not any(one.get("state") for one in output if one.get("type") == "error"):
        problems.append(f"there was nothing to find: {changes}")
    names = [lines.field(one, "state.alg") for one in output if one.get("type") == "change"]
    if "rfc4106(gcm(aes))" not in names:
        problems.append(f"algorithms are {names}")
    return [Verdict("secrets", problems + check_complete(output))]
