# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Pins, and the run that owns them."""

import json

from guests import Verdict

from ..common import answer, equal, output_of, read
from ..lists import compare_json


def dumped(folder, name):
    """The rows of a map that bpftool printed, as JSON would have them."""
    text = read(folder / f"{name}.dump")
    try:
        return [one["value"] for one in json.loads(text)]
    except (ValueError, KeyError, TypeError):
        return []


def judge_pins(folder):
    """Named fields for bpftool, one instance a directory, and pins that go with their run or are taken over."""
    _, problems = output_of(folder, "again")
    problems += equal("mode", read(folder / "mode").strip(), "700")
    states, deleted = dumped(folder, "states"), dumped(folder, "deleted")
    problems += equal("states", [(one.get("reqid"), one.get("mark")) for one in states], [(7, 0xd00)])
    mine = [one.get("reqid") for one in deleted if one.get("netns") == int(read(folder / "inum") or 0)]
    problems += equal("deleted", mine, [7])  # others may still be removed with the netns of the cases before
    problems += equal("policies", [one.get("priority") for one in dumped(folder, "policies")], [77])
    second = read(folder / "second.err")
    if read(folder / "second.code").strip() != "1" or "--pin" not in second or len(second.splitlines()) != 1:
        problems.append(f"the second instance: exit code {read(folder / 'second.code').strip()}, {second!r}")
    problems += equal("the second instance's output", read(folder / "second.json"), "")
    problems += equal("elsewhere: exit code", read(folder / "other.code").strip(), "0")
    problems += equal("after it went", read(folder / "after-other"), read(folder / "first"))
    problems += equal("probes of the killed one", read(folder / "probes"), "")
    problems += equal("maps of the killed one", read(folder / "killed"), read(folder / "first"))
    problems += equal("taken over", read(folder / "again"), read(folder / "first"))
    found, more = answer(folder, "again.states")
    problems += more + compare_json(folder, found)
    return [Verdict("pins", problems + equal("at the end", read(folder / "end").split(), [".:", "total"]))]
