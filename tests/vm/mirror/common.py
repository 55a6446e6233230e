# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Functions that the judges of several cases share."""

import gzip

import lines

SHOWN = 6  # problems of one kind


def read(path):
    """The file's text, decompressed if it is; empty if it is not there."""
    packed = path.with_name(path.name + ".gz")
    if packed.exists():
        return gzip.decompress(packed.read_bytes()).decode(errors="replace")
    return path.read_text(errors="replace") if path.exists() else ""


def few(problems):
    """At most SHOWN of them, and how many there are."""
    more = len(problems) - SHOWN
    return problems[:SHOWN] + ([f"and {more} more of this kind"] if more > 0 else [])


def equal(what, got, wanted):
    """A problem if the two differ."""
    return [] if got == wanted else [f"{what}: {got!r}, expected {wanted!r}"]


def output_of(folder, name):
    """The lines of a run of xfrm-snap, and what is wrong with their form or its end."""
    output, problems = lines.parse(read(folder / f"{name}.json"))
    types = [one.get("type") for one in output]
    if types[:1] != ["ready"] or types[-1:] != ["summary"]:
        problems.append(f"{name}: the first line is {types[:1]}, the last {types[-1:]}: {read(folder / (name + '.err'))}")
    code = read(folder / f"{name}.code").strip()
    return output, problems + equal(f"{name}: exit code", code, "0")


def check_complete(output, turns=False):
    """Problems if the summary is not complete."""
    return lines.incomplete("summary", output[-1] if output else {}, turns)


def answer(folder, name):
    """What `xfrm-snap show ... --json` said, and problems if it failed."""
    found, problems = lines.parse(read(folder / name))
    problems += equal(f"show {name}: exit code", read(folder / f"{name}.code").strip(), "0")
    return found, problems + ([read(folder / f"{name}.err")] if problems or not found else [])
