# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges what the cases of the guest left in /out. A function per case gives problems, as texts."""

import json
import pathlib

import guests
from guests import Verdict, read
from operators.judge import complete, equal, output_of


def numbers(folder, name):
    """What Prometheus answered: number by the last part of the netns' name, and by counter; cause and job are left out."""
    answer = json.loads(read(folder / name))
    found = {}
    for row in answer["data"]["result"]:
        key = row["metric"].get("netns", "").rpartition(".")[2], row["metric"].get("counter", "")
        found[key] = found.get(key, 0) + int(row["value"][1])
    return found


def judge_prometheus(folder):
    """Each scrape has the exact numbers of its moment, told and counted by the kernel."""
    errors, summary, problems = output_of(folder, "snap")
    problems += complete("snap", summary) + equal("lines", sum(one["n"] for one in errors), 309)
    b, a = ("b", "XfrmInNoStates"), ("a", "XfrmInNoStates")
    for name, up, wanted in (("quiet", 1, {}), ("first", 1, {b: 5, a: 4}), ("second", 1, {b: 305, a: 4}), ("gone", 0, {})):
        problems += equal(f"{name}: up", numbers(folder, f"{name}.up"), {("", ""): up})
        problems += equal(f"{name}: errors", numbers(folder, f"{name}.errors"), wanted)
        problems += equal(f"{name}: kernel", numbers(folder, f"{name}.kernel"), wanted)
    return problems


JUDGES = {"prometheus": judge_prometheus}
CASES = list(JUDGES)


def judge_case(folder, name):
    """The verdict on one case, which may fall over output that has another form."""
    if skip := read(folder / name / "skip").strip():
        return Verdict(name, skip=skip)
    try:
        problems = JUDGES[name](folder / name)
    except (KeyError, TypeError, IndexError, ValueError, OSError) as error:
        problems = [f"the output has an unexpected form: {error!r}: {read(folder / name / 'log')[-2000:]}"]
    return Verdict(name, problems)


def judge_folder(folder):
    """The verdicts on a guest whose /out is in folder."""
    return guests.judge_cases(pathlib.Path(folder), JUDGES, judge_case)
