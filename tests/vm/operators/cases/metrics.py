# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""--metrics."""

import lines
from guests import read

from .. import prometheus
from ..common import equal, output_of


def judge_metrics(folder):
    """The page says what the kernel says."""
    _, summary, problems = output_of(folder, "snap")
    page = read(folder / "page")
    found = prometheus.samples(page)
    for row in (("b", "XfrmInNoStates", 8), ("a", "XfrmInNoStates", 4)):
        netns, name, n = f"metrics.{row[0]}", row[1], row[2]
        labels = {"netns": netns, "counter": name}
        problems += equal(f"errors in {netns}", prometheus.total(found, "xfrm_snap_errors_total", **labels), n)
        problems += equal(f"kernel in {netns}", prometheus.total(found, "xfrm_snap_kernel_errors_total", **labels), n)
    labels = {"netns": "metrics.b", "counter": "XfrmOutNoStates"}
    problems += equal("filtered", prometheus.total(found, "xfrm_snap_filtered_errors_total", **labels), 5)
    problems += equal("told of what was filtered", prometheus.total(found, "xfrm_snap_errors_total", **labels), 0)
    problems += equal("lost", prometheus.total(found, "xfrm_snap_lost_total"), 0)
    sites = [prometheus.total(found, "xfrm_snap_sites", state=state) for state in ("found", "attached")]
    problems += equal("sites", len(set(sites)), 1) + ([] if sites[0] > 40 else [f"{sites[0]} sites"])
    said = {name: read(folder / name) for name in ("early", "early-health", "ready", "health", "nowhere")}
    problems += equal("answers", said, {"early": "refused\n", "early-health": "ok\n", "ready": "ok\n", "health": "ok\n",
                                        "nowhere": "refused\n"})
    return problems + lines.incomplete("snap", summary)


TOOLS = {"promtool": lambda folder: prometheus.promtool(read(folder / "page")),
         "prometheus": lambda folder: prometheus.scrape(read(folder / "page"))}
