# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Increments that the kernel skips, and how they are reported."""

import lines

from ..common import equal, output_of, said


def judge_passed_over(folder):
    """What the kernel passed over is missing from the count by just as much as the summary's reason says, where the kernel
    counts it (recursion_misses, Linux 6.7), and called missed everywhere."""
    errors, summary, problems = output_of(folder, "snap")
    (_, _), (kernel, seen, _) = next(iter(said(summary).items()))
    problems += equal("the kernel's count", kernel, 4000) + equal("Σ n", sum(one["n"] for one in errors), seen)
    if kernel == seen:
        return problems + lines.incomplete("snap", summary)
    told = [int(one.split()[0]) for one in summary["problems"] if "inside bpf(2)" in one]
    return problems + equal("passed over", told, [kernel - seen]) + equal("complete", summary["complete"], False)
