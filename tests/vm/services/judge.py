# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges what the cases of the guest left in /out. A function per case gives problems, as texts."""

import json
import pathlib

import guests
import lines
from guests import Verdict, read
from operators import prometheus
from operators.cases.privileges import KEPT, RESERVE
from operators.common import equal, output_of


def numbers(folder, name):
    """What Prometheus answered: number by the last part of the netns' name, and by counter; cause and job are left out."""
    answer = json.loads(read(folder / name))
    found = {}
    for row in answer["data"]["result"]:
        key = row["metric"].get("netns", "").rpartition(".")[2], row["metric"].get("counter", "")
        found[key] = found.get(key, 0) + int(row["value"][1])
    return found


def judge_prometheus(folder):
    """Each scrape has the exact numbers of its moment, told and counted by the kernel."""
    errors, summary, problems = output_of(folder, "snap")
    problems += lines.incomplete("snap", summary) + equal("lines", sum(one["n"] for one in errors), 309)
    b, a = ("b", "XfrmInNoStates"), ("a", "XfrmInNoStates")
    for name, up, wanted in (("quiet", 1, {}), ("first", 1, {b: 5, a: 4}), ("second", 1, {b: 305, a: 4}), ("gone", 0, {})):
        problems += equal(f"{name}: up", numbers(folder, f"{name}.up"), {("", ""): up})
        problems += equal(f"{name}: errors", numbers(folder, f"{name}.errors"), wanted)
        problems += equal(f"{name}: kernel", numbers(folder, f"{name}.kernel"), wanted)
    return problems


SYS_RESOURCE = 1 << 24


def judge_sandbox(folder):
    """What the unit forbids the kernel forbids."""
    status = dict(line.split() for line in read(folder / "status").splitlines())
    problems = equal("effective capabilities", int(status["CapEff"], 16), 0)
    problems += equal("bounding set", int(status["CapBnd"], 16), KEPT | RESERVE | SYS_RESOURCE)
    problems += equal("no new privileges, seccomp", (status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
    problems += equal("writable", read(folder / "writable").split(), []) + equal("bpffs", read(folder / "bpffs"), "yes\n")
    return problems + equal("memory", read(folder / "memory").strip(), str(512 << 20))


def judge_systemd(folder):
    """The unit becomes active and ready, counts, is confined, stops well and leaves nothing."""
    said = [read(folder / name).strip() for name in ("active", "enabled", "ready")]
    problems = equal("active, enabled, ready", said, ["active", "enabled", "ok"])
    found = prometheus.samples(read(folder / "page"))
    for netns, n in (("b", 5), ("a", 4), ("late", 2)):
        labels = {"netns": f"systemd.{netns}", "counter": "XfrmInNoStates"}
        problems += equal(f"errors in {netns}", prometheus.total(found, "xfrm_snap_errors_total", **labels), n)
        problems += equal(f"kernel in {netns}", prometheus.total(found, "xfrm_snap_kernel_errors_total", **labels), n)
    stopped = dict(line.split("=") for line in read(folder / "stopped").splitlines())
    problems += equal("stopped", stopped, {"ActiveState": "inactive", "Result": "success", "ExecMainCode": "1",
                                           "ExecMainStatus": "0", "NRestarts": "0"})
    running, left = (int(read(folder / f"probes.{when}")) for when in ("running", "left"))
    problems += equal("probes left", left, 0) + equal("pins left", read(folder / "pins").split(), [])
    problems += equal("kprobes-optimization left", read(folder / "optimization").strip(), "1")
    problems += [] if running > 40 else [f"{running} probes while it ran"]
    return problems + judge_journal(folder) + judge_sandbox(folder)


def judge_journal(folder):
    """The journal has each line as it was printed."""
    output, problems = lines.parse(read(folder / "snap.json"))
    problems += equal("journal", [one["type"] for one in (output[0], output[-1])], ["ready", "summary"])
    told = sum(one["n"] for one in output if one["type"] == "error")
    return problems + equal("errors in the journal", told, 11) + lines.incomplete("journal", output[-1])


JUDGES = {"prometheus": judge_prometheus, "systemd": judge_systemd}
CASES = list(JUDGES)


def judge_case(folder, name):
    """The verdict on one case, which may fall over output that has another form."""
    if skip := read(folder / name / "skip").strip():
        return Verdict(name, skip=skip)
    try:
        problems = JUDGES[name](folder / name)
    except (KeyError, TypeError, IndexError, ValueError, OSError) as error:
        problems = [f"the output has an unexpected form: {error!r}: {read(folder / name / 'log')[-2000:]}"]
    return Verdict(name, problems)


def judge_folder(folder):
    """The verdicts on a guest whose /out is in folder."""
    return guests.judge_cases(pathlib.Path(folder), JUDGES, judge_case)
