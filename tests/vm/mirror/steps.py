# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges the steps of the case "changes": each has told all its changes, and no other."""

from dataclasses import dataclass, field

import lines
from guests import Verdict


@dataclass
class Step:
    """What a step wrote of itself: expectations are {path: value}."""
    name: str
    inum: int = 0
    changes: list = field(default_factory=list)
    gone: list = field(default_factory=list)
    lacks: str = ""
    problems: list = field(default_factory=list)


def fields(words):
    """FIELD=VALUE... as a dict. Values have no blanks."""
    return dict(word.split("=", 1) for word in words)


def read_step(path):
    """The step of a file."""
    step = Step(path.name)
    for line in path.read_text(errors="replace").splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "inum":
            step.inum = int(rest)
        elif kind == "change":
            step.changes.append(fields(rest.split()))
        elif kind == "gone":
            step.gone.append(fields(rest.split()))
        elif kind == "lacks":
            step.lacks = rest
        else:
            step.problems.append(line)
    return step


def mismatch(one, expected):
    """Fields of a line that are not as expected, as texts."""
    return [f"{path} is {lines.as_text(lines.field(one, path))}, expected {wanted}"
            for path, wanted in expected.items() if not lines.fits(lines.field(one, path), wanted)]


def words(one):
    """A change in few words."""
    thing = one.get(one.get("what")) or one
    by = (one.get("by") or {}).get("comm")
    return " ".join(str(part) for part in (one.get("what"), one.get("op"), one.get("how"), "by", by, thing.get("src"),
                                           thing.get("dst"), thing.get("spi", thing.get("dir"))))


def pair_off(told, wanted, what):
    """Problems unless each expectation fits one line and each line one expectation."""
    problems = []
    rest = list(told)
    for expected in wanted:
        best = min(rest, key=lambda one: len(mismatch(one, expected)), default=None)
        if best is None:
            problems.append(f"no {what} {expected}")
            continue
        wrong = mismatch(best, expected)
        if wrong:
            problems.append(f"no {what} {expected}; the nearest ({words(best)}): {'; '.join(wrong)}")
        else:
            rest.remove(best)
    if not problems:
        problems += [f"one {what} too many: {words(one)}" for one in rest]
    return problems


def form_of_change(one):
    """What is wrong with the form of a change."""
    wrong = [f"{key} is missing" for key in ("v", "type", "what", "op", "ts", "mono_ns", "netns", "by", "how")
             if key not in one]
    if one.get("by") is not None and not {"pid", "comm"} <= set(one["by"]):
        wrong.append(f"by is {one['by']}")
    if one.get("what") not in ("state", "policy") or one.get("op") not in ("add", "update", "delete", "expire"):
        wrong.append(f"what is {one.get('what')}, op is {one.get('op')}")
    if not isinstance(one.get(one.get("what")), dict) and "default" not in one:
        wrong.append(f"no {one.get('what')}")
    return wrong


def in_order(told):
    """A problem if times go back."""
    times = [one["mono_ns"] for one in told]
    return [] if times == sorted(times) else ["the changes are not told in the order of their times"]


def judge_step(step, told, deleted):
    """The verdict on one step, from the changes and the tombstones of its netns."""
    name = f"change {step.name}"
    if step.lacks:
        return Verdict(name, [], f"this kernel lacks {step.lacks}")
    problems = list(step.problems)
    problems += sorted({wrong for one in told for wrong in form_of_change(one)})
    problems += pair_off(told, step.changes, "change") + in_order(told)
    for expected in step.gone:
        if not any(not mismatch(one, expected) for one in deleted):
            problems.append(f"no tombstone {expected} among {[words(one | one.get('state', {})) for one in deleted]}")
    return Verdict(name, problems)


def judge_steps(folder, output, deleted):
    """The verdicts on all steps. `output` are the lines of the run, `deleted` those of `show deleted`."""
    verdicts = []
    for path in sorted((folder / "steps").iterdir()):
        step = read_step(path)
        mine = [one for one in output if lines.field(one, "netns.inum") == step.inum]
        told = [one for one in mine if one.get("type") == "change" and one.get("what") in ("state", "policy")]
        graves = [one["deleted"] for one in deleted if lines.field(one, "netns.inum") == step.inum]
        verdicts.append(judge_step(step, told, graves))
    return verdicts
