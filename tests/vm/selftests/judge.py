# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Did xfrm-snap miss an increment while the kernel's own tests ran?"""

import json
from collections import Counter

from guests import Verdict, read

SKIPPED = 4  # a kernel's test ends with it where something that it needs is missing


def summed(output):
    """The increments by netns and counter, as the lines of errors have them."""
    found = Counter()
    for one in output:
        if one.get("type") == "error":
            found[one["netns"]["inum"], one["netns"]["name"], one["counter"]] += one["n"]
    return found


def judge_run(folder):
    """The verdict on the one run of xfrm-snap."""
    output = [json.loads(line) for line in read(folder / "selftests.json").splitlines()]
    summary = output[-1] if output else {}
    problems = [line for line in read(folder / "records").splitlines() if line.startswith("snap-error")]
    if summary.get("type") != "summary" or summary.get("complete") is not True:
        problems.append(f"the summary is {summary or read(folder / 'selftests.err')[-500:]}")
    pairs = [(ns, counter, pair) for ns in summary.get("netns", []) for counter, pair in ns["counters"].items()]
    problems += [f"{ns['name']} {counter}: {pair}" for ns, counter, pair in pairs if pair["kernel"] != pair["seen"]]
    said, counted = sum(summed(output).values()), sum(pair["kernel"] or 0 for _, _, pair in pairs)
    if said != counted:
        problems.append(f"the lines tell of {said} increments, the kernel counted {counted}")
    if not counted:
        problems.append("the kernel's tests raised no counter")
    return Verdict(f"all of {counted} increments", problems)


def ends(path):
    """How the tests of a list ended: {name: exit code}."""
    return {name: int(code) for name, code, *_ in (line.split() for line in read(path).splitlines())}


def judge_test(folder, name, code):
    """The verdict on one of the kernel's tests."""
    log = read(folder / f"tests.{name}")
    if code and ends(folder / "alone").get(name) == code:
        return Verdict(name, [], "it fails on this kernel without xfrm-snap, too")
    if code == SKIPPED:
        return Verdict(name, [], next((line for line in log.splitlines() if "SKIP" in line.upper()), "skipped by itself"))
    return Verdict(name, [] if code == 0 else [f"exit code {code}: {log[-800:]}"])


def judge_folder(folder):
    """The verdicts on a guest whose /out is in folder."""
    return [judge_run(folder), *(judge_test(folder, name, code) for name, code in ends(folder / "tests").items())]
