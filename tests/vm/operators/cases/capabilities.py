# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The capabilities that a run needs, and what it says if one is missing."""

import lines
from guests import read

from ..common import equal, output_of

# Without these it does not run, and says which it lacks.
REFUSED = {"no_net_admin": "CAP_NET_ADMIN", "no_syslog": "CAP_SYSLOG", "no_sys_admin": "CAP_SYS_ADMIN",
           "neither_bpf": "CAP_BPF, CAP_SYS_ADMIN", "neither_perfmon": "CAP_PERFMON, CAP_SYS_ADMIN"}
LOCKED = "locked memory is limited to 64 KiB; ulimit -l unlimited, or give it CAP_SYS_RESOURCE"


def judge_capabilities(folder):
    """With exactly what it needs it runs; without one of these it says so, or runs and says what it does not know."""
    stranger = f"sleep[{read(folder / 'stranger').strip()}]"
    problems = []
    for name in ("all", "no_bpf", "no_perfmon"):  # CAP_SYS_ADMIN stands for the two
        errors, summary, wrong = output_of(folder, name)
        problems += wrong + lines.incomplete(name, summary) + equal(f"{name}: netns", {one["netns"]["name"] for one in errors}, {stranger})
    for name, lacking in REFUSED.items():
        problems += refused(folder, name, f"needs {lacking}, which this process lacks: run it as root")
    if (folder / "no_sys_resource.code").exists():
        problems += refused(folder, "no_sys_resource", LOCKED)
    return problems + judge_no_ptrace(folder)


def refused(folder, name, sentence):
    """Problems unless the run did not begin, for this reason."""
    said = read(folder / f"{name}.err")
    return equal(f"{name}: exit code", read(folder / f"{name}.code").strip(), "1") + \
        ([] if sentence in said else [f"{name}: {said}"])


def judge_no_ptrace(folder):
    """It has no name for a netns that only a process of somebody else holds, cannot list what is there, and says both."""
    errors, summary, problems = output_of(folder, "no_sys_ptrace")
    problems += equal("no ptrace: netns", {one["netns"]["name"] for one in errors}, {None})
    problems += equal("no ptrace: errors", sum(one["n"] for one in errors), 2)
    inum = errors[0]["netns"]["inum"]
    gap = f"states and policies of netns {inum} that were there before the start are not known"
    problems += equal("no ptrace: complete", summary["complete"], False)
    problems += equal("no ptrace: problems", [one.split(":")[0] for one in summary["problems"]], [gap])
    said = "this process lacks CAP_SYS_PTRACE, needed to name and to enter netns that only other processes hold"
    return problems + ([] if said in read(folder / "no_sys_ptrace.err") else ["no ptrace: it did not say so"])
