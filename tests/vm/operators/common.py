# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Functions that the judges of several cases share."""

from collections import Counter

import lines
from guests import read


def equal(what, got, wanted):
    """A problem if the two differ."""
    return [] if got == wanted else [f"{what}: {got!r}, expected {wanted!r}"]


def output_of(folder, name, code="0"):
    """The lines of a run between ready and summary, the summary, and what is wrong with their form or the run's end."""
    output, problems = lines.parse(read(folder / f"{name}.json"))
    problems += equal(f"{name}: exit code", read(folder / f"{name}.code").strip(), code)
    types = [one.get("type") for one in output]
    if types[:1] != ["ready"] or types[-1:] != ["summary"]:
        problems.append(f"{name}: the first line is {types[:1]}, the last {types[-1:]}: {read(folder / (name + '.err'))}")
        return [], {}, problems
    return output[1:-1], output[-1], problems


def sums(errors):
    """The sum of n by the last part of the netns' name, counter, SPI and mark."""
    total = Counter()
    for one in errors:
        packet = one.get("packet") or {}
        netns = str(lines.field(one, "netns.name")).rpartition(".")[2]
        total[(netns, one["counter"], packet.get("spi"), packet.get("mark"))] += one["n"]
    return dict(total)


def said(summary):
    """What the summary says, in the same form."""
    return {(str(netns["name"]).rpartition(".")[2], name): (row["kernel"], row["seen"], row.get("filtered", 0))
            for netns in summary["netns"] for name, row in netns["counters"].items()}
