# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Errors of one flow and of as many flows as there are packets, at once."""

from guests import read

from ..common import equal, parts, readings, summary_sums, sums


def judge_flood(folder):
    """Every increment is on a line or named as missed; lines and memory are bounded, and the node answers."""
    errors, summary, problems = parts(folder, "snap")
    text = read(folder / "counters")
    kernel = readings(text, "after") - readings(text, "before")
    began, ended = map(float, read(folder / "times").split())
    answers = sorted(int(line) / 1e9 for line in read(folder / "answers").splitlines())
    peak = int(read(folder / "memory").split()[1]) // 1024
    print(f"# flood: {sum(kernel.values())} errors in {ended - began:.0f} s of guest time, {len(errors)} lines, {peak} MiB, "
          f"answers within {answers[-1]:.2f} s")
    lost = summary["lost"]["ring"] + summary["lost"]["map_full"]  # lines, not increments
    for which in ("kernel", "seen"):
        problems += equal(f"the summary's {which}", summary_sums(summary, which), kernel)
    problems += equal("Σ n", sums(errors), kernel)
    if summary["complete"] is bool(lost) or summary["problems"]:
        problems.append(f"complete is {summary['complete']}, lost {summary['lost']}, {summary['problems']}")
    if sum(kernel.values()) < 60000 or len(kernel) != 2:
        problems.append(f"that is no flood: {dict(kernel)}")
    if len(errors) > 3 * 4096 + 20 * (ended - began):
        problems.append(f"{len(errors)} lines")
    if peak > 64:
        problems.append(f"{peak} MiB of memory")
    return problems
