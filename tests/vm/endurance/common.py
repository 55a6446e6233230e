# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Functions that the judges of several cases share."""

from collections import Counter

import lines
from guests import read


def parts(folder, name):
    """ready, the error lines and the summary of a run, and what is wrong with its form or its end."""
    output, problems = lines.parse(read(folder / f"{name}.json"))
    errors = [one for one in output if one.get("type") == "error"]
    whole = [one for one in errors if lines.field(one, "site.function")]  # not what found no row
    problems += [wrong for one in whole for wrong in lines.form_of_error(one) if "netns.name" not in wrong]
    types = [one.get("type") for one in output]
    if types[:1] != ["ready"] or types[-1:] != ["summary"]:
        problems.append(f"{name}: the first line is {types[:1]}, the last {types[-1:]}: {read(folder / (name + '.err'))}")
        return errors, {}, problems
    if read(folder / f"{name}.code").strip() != "0":
        problems.append(f"{name}: exit code {read(folder / (name + '.code')).strip()}")
    return errors, output[-1], problems


def sums(errors, key=lambda one: one["counter"]):
    """The sum of n by key."""
    total = Counter()
    for one in errors:
        total[key(one)] += one["n"]
    return total


def summary_sums(summary, which):
    """The sum over all netns of `kernel` or `seen`, by counter."""
    total = Counter()
    for one in summary.get("netns", []):
        for counter, pair in one["counters"].items():
            total[counter] += pair[which] or 0
    return +total


def readings(text, tag):
    """The counters that lab-send printed with a tag, summed over all netns."""
    total = Counter()
    for words in (line.split() for line in text.splitlines()):
        if len(words) == 5 and words[0] == tag and words[3] != "-":
            total[words[3]] += int(words[4])
    return total


def equal(what, got, wanted):
    """A problem if the two differ."""
    return [] if got == wanted else [f"{what}: {dict(got)}, expected {dict(wanted)}"]


def named_loss(summary, errors):
    """A problem unless the summary says exactly what was missed, and that is little: an increment that interrupts
    another one's probe, or its line. A kernel that preempts itself may pass over a hook, too, which the summary then names."""
    missed = summary_sums(summary, "kernel") - summary_sums(summary, "seen")
    problems = equal("Σ n", sums(errors), summary_sums(summary, "seen"))
    passed_over = [one for one in summary.get("problems", []) if "passed over the hook" in one]
    turns = lines.lost_to_turns(summary)
    if (summary.get("complete") is True) == bool(missed or passed_over or turns):
        problems.append(f"complete is {summary.get('complete')}, and {dict(missed) or 'nothing'} was missed; "
                        f"problems: {Counter(summary.get('problems')).most_common(4)}")
    if sum(summary.get("lost", {"lost": 1}).values()) > turns or sum(missed.values()) > sum(sums(errors).values()) / 50:
        problems.append(f"lost {summary.get('lost')}, missed {dict(missed)}")
    return problems
