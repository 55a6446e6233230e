# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""--metrics while netns come and go."""

import lines
from guests import read

from .. import prometheus
from ..common import equal, output_of


def judge_pods(folder):
    """The page names the netns that came last, with what the kernel counted, however many there were before; what was told
    of a name does not fall."""
    _, summary, problems = output_of(folder, "snap")
    pages = [prometheus.samples(read(folder / f"page.{number}")) for number in range(4)]
    counted = [words for line in read(folder / "counted.last").splitlines() if len(words := line.split()) == 3]
    problems += [] if len(counted) > 100 else [f"only {len(counted)} counters rose"]
    for netns, counter, n in counted:
        for name in ("errors", "kernel_errors"):
            got = prometheus.total(pages[3], f"xfrm_snap_{name}_total", netns=netns, counter=counter)
            problems += equal(f"{name} in {netns}, {counter}", got, float(n))
    names = {labels["netns"] for name, labels, _ in pages[3] if name == "xfrm_snap_kernel_errors_total"}
    problems += [] if 400 < len(names) <= 501 else [f"{len(names)} names"]
    problems += equal("the first ones made room", [one for one in names if one == "early0.1"], [])
    for before, after in zip(pages, pages[1:]):
        later = {(name, tuple(labels.items())): n for name, labels, n in after}
        problems += [f"{name} {labels} fell from {n}" for name, labels, n in before
                     if name.endswith("_total") and later.get((name, tuple(labels.items())), n) < n]
    return problems[:20] + lines.incomplete("snap", summary)
