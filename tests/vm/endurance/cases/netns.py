# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Netns that come and go."""

from collections import Counter

from guests import read

from ..common import equal, named_loss, parts, summary_sums, sums


def counted(folder):
    """What `lab-send churn` read of the kernel: {(netns, counter): n}."""
    found = Counter()
    for path in folder.glob("counted.*"):
        for words in (line.split() for line in read(path).splitlines()):
            if len(words) == 3:
                found[words[0], words[1]] += int(words[2])
    return found


def by_counter(pairs):
    """The sum over all netns."""
    total = Counter()
    for (_, counter), n in pairs.items():
        total[counter] += n
    return total


def judge_netns(folder):
    """All that the kernel counted in netns that are gone is on lines, or named as missed."""
    errors, summary, problems = parts(folder, "snap")
    kernel = counted(folder)
    if len({netns for netns, _ in kernel}) != 200:
        problems.append(f"the kernel counted errors in {len({netns for netns, _ in kernel})} netns, not in 200")
    problems += equal("the summary's kernel", summary_sums(summary, "kernel"), by_counter(kernel))
    return problems + named_loss(summary, errors)


def judge_netns_names(folder):
    """No line names a netns that it is not about. A netns may be named after its process before it has a name."""
    errors, _, problems = parts(folder, "snap")
    kernel = counted(folder)
    for (name, counter), n in sums(errors, lambda one: (one["netns"]["name"], one["counter"])).items():
        if name is not None and "[" not in name and n > kernel[name, counter]:
            problems.append(f"{name} {counter}: lines say {n}, the kernel counted {kernel[name, counter]}")
    return problems



ALSO = {"names": judge_netns_names}
