# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Compares what xfrm-snap printed while two key managers worked with what the kernel counted."""

import json
import pathlib
from collections import Counter

from guests import Verdict, read


def lines(folder):
    """The objects that xfrm-snap printed."""
    return [json.loads(line) for line in read(folder / "snap.json").splitlines()]


def marks(folder):
    """When each part began, in seconds since the boot."""
    return {word: float(when) for when, word in (line.split() for line in read(folder / "marks").splitlines())}


def part(errors, when, begin, end):
    """The errors of a part."""
    return [one for one in errors if when[begin] <= one["mono_ns"] / 1e9 < when[end]]


def causes(errors):
    """How often each netns, counter and cause came."""
    found = Counter()
    for one in errors:
        found[one["netns"]["name"], one["counter"], one["cause"]] += one["n"]
    return found


def check_explained(errors):
    """Every increment has a cause."""
    return [f"{one['counter']} is of unknown cause: {one['why']}" for one in errors if one["cause"] == "unknown"]


def check_counts(folder, output):
    """The summary is complete, and says what the kernel counted; lines add up to that."""
    summary = output[-1] if output else {}
    if summary.get("type") != "summary" or summary.get("complete") is not True:
        return [f"the summary is {summary}"]
    said = {(ns["name"], counter): pair for ns in summary["netns"] for counter, pair in ns["counters"].items()}
    problems = []
    for key in ("left", "right"):
        for line in read(folder / f"stat.{key}").splitlines():
            counter, n = line.split()
            pair = said.get((key, counter), {"kernel": 0, "seen": 0})
            if pair["kernel"] != int(n) or pair["seen"] != int(n):
                problems.append(f"{key} {counter}: {pair}, the kernel counted {n}")
    return problems


def want(found, *wanted):
    """What of the wanted (netns, counter, cause) did not come."""
    return [] if all(found[one] for one in wanted) else [f"expected {wanted}, found {dict(found)}"]


def judge_folder(folder):
    """The verdicts on a guest whose /out is in folder."""
    folder = pathlib.Path(folder)
    output, when = lines(folder), marks(folder)
    errors = [one for one in output if one.get("type") == "error"]
    if "end" not in when:
        return [Verdict("guest", [f"it did not come to its end: {when}"])]
    replies = read(folder / "ping").count("bytes from")
    rekeyed = read(folder / "left.log").count("CHILD_SA net{") + read(folder / "right.log").count("CHILD_SA net{")
    work = [] if replies > 100 and rekeyed > 4 else [f"{replies} replies, {rekeyed} mentions of an SA: it did not work"]
    return [
        Verdict("daemons", work),
        Verdict("summary", check_counts(folder, output) + ([] if read(folder / "code").strip() == "0" else ["exit code"])),
        Verdict("causes", check_explained(errors)),
        Verdict("reboot", want(causes(part(errors, when, "reboot", "again")), ("right", "XfrmInNoStates", "sa-deleted"))),
        Verdict("selectors",
                want(causes(part(errors, when, "selectors", "end")), ("left", "XfrmOutNoStates", "acquire-pending"))),
    ]
