# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges what the cases of the guest left in /out. A function per case; each gives verdicts."""

import json

import lines
from guests import Verdict
from mirror import common as mirror
from mirror import steps

from . import kernel

DEFAULTS = ("noqueue", "pfifo_fast", "fq_codel", "mq", "noop", "pfifo")  # qdiscs that the kernel makes by itself


def shown(folder, name):
    """The lines of `xfrm-snap show tc --json`, and problems."""
    found, problems = lines.parse(mirror.read(folder / name))
    return found, problems


def judge_equal(case, folder, name, show, least):
    """The verdict on one comparison: at least so many rows are to be equal, and none differ."""
    found, problems = shown(folder, show)
    differing, equal = kernel.compare(folder / f"kernel.{name}", found)
    problems += mirror.few(differing)
    if equal < least:
        problems.append(f"only {equal} rows were compared, expected {least}: {mirror.read(folder / (name + '.err'))}")
    return Verdict(f"{case} {name}: {equal} rows as the kernel has them", problems)


def judge_run(case, folder):
    """The verdict on the run itself, and its lines."""
    output, problems = mirror.output_of(folder, "run")
    return output, Verdict(f"{case} run", problems + mirror.check_complete(output))


def judge_snapshot(folder, _features):
    """What was there before the start, from a snapshot of its own and from a run."""
    output, run = judge_run("snapshot", folder)
    verdicts = [run, judge_equal("snapshot", folder, "own", "own.json", 22),
                judge_equal("snapshot", folder, "run", "run.show", 22)]
    ready = output[0] if output else {}
    if not isinstance(ready.get("tc"), int) or ready["tc"] < 22:
        run.problems.append(f"ready has tc {ready.get('tc')}")
    return verdicts


def form_of_change(one):
    """What is wrong with the form of a change of tc."""
    wrong = [f"{key} is missing" for key in ("v", "type", "what", "op", "ts", "mono_ns", "netns", "by", "how", "tc")
             if key not in one]
    if one.get("what") not in ("qdisc", "filter", "tcx", "netkit") or one.get("op") not in ("add", "update", "delete"):
        wrong.append(f"what is {one.get('what')}, op is {one.get('op')}")
    return wrong


def told_by(output, netns):
    """The changes of a netns; those of the kernel's own qdiscs left out."""
    told = [one for one in output if one.get("type") == "change" and lines.field(one, "netns.name") == netns]
    return [one for one in told if lines.field(one, "tc.kind") not in DEFAULTS]


def judge_step(case, path, output):
    """The verdict on one step."""
    step = steps.read_step(path)
    if step.lacks:
        return Verdict(f"{case} {step.name}", [], f"this kernel lacks {step.lacks}")
    told = told_by(output, f"t.{step.name}")
    problems = list(step.problems) + sorted({wrong for one in told for wrong in form_of_change(one)})
    problems += steps.pair_off(told, step.changes, "change") + steps.in_order(told)
    if not step.changes:
        problems.append("the step expects nothing")
    return Verdict(f"{case} {step.name}: {len(step.changes)}", problems)


def judge_changes(folder, _features, case="changes"):
    """Each step has told its changes, and what is left is what the kernel has."""
    output, run = judge_run(case, folder)
    verdicts = [run, judge_equal(case, folder, "run", "run.show", 15)]
    return verdicts + [judge_step(case, path, output) for path in sorted((folder / "steps").iterdir())]


def judge_inlined(folder, features):
    """The same through the classifiers' own functions, which `probes` names."""
    verdicts = judge_changes(folder, features, "inlined")
    probes = mirror.read(folder / "probes").splitlines()
    for function in ("cls_bpf_change", "u32_change", "mall_change", "tc_new_tfilter"):
        if not any(line.split()[:1] == [function] and "for tfilter_notify" in line for line in probes):
            verdicts[0].problems.append(f"probes does not show the hook on {function}")
    return verdicts


def judge_unhooked(folder, _features):
    """Of two filters one is told, and one counted as missed."""
    output, problems = mirror.output_of(folder, "run")
    problems += mirror.equal("changes", [lines.field(one, "tc.kind") for one in told_by(output, "u.a")], ["bpf"])
    missed = "1 changes of states, policies or tc could not be entered in the mirror"
    summary = output[-1] if output else {}
    if summary.get("complete") is not False or missed not in summary.get("problems", []):
        problems.append(f"complete is {summary.get('complete')}, problems: {summary.get('problems')}")
    return [Verdict("unhooked run", problems)]


def judge_many(folder, _features):
    """A hundred devices, and nothing of them after their netns."""
    output, run = judge_run("many", folder)
    seen = sum(one["n"] for one in output if one.get("type") == "error" and one["counter"] == "XfrmInNoStates")
    after, problems = shown(folder, "after.show")
    inum = int((folder / "kernel.run/m.a/inum").read_text())
    left = [kernel.of_snap(one) for one in after if one["netns"]["inum"] == inum]
    problems += mirror.equal("rows left of a deleted netns", mirror.few(left), [])
    problems += mirror.equal("errors meanwhile", seen, 3000)
    return [run, judge_equal("many", folder, "run", "run.show", 239), Verdict("many: netns gone, 3000 errors", problems)]


# What the event tells after each removal: the program that went, when, and by whom.
LOST = {
    "cls_bpf": {"tc.0.kind": "bpf", "tc.0.removed.by.comm": "tc", "tc.0.removed.how": "netlink", "tc_change.op": "delete"},
    "qdisc": {"tc.0.kind": "bpf", "tc.0.removed.by.comm": "tc", "tc.0.removed.how": "qdisc", "tc_change.op": "delete",
              "tc_change.tc.kind": "clsact"},
    "tcx": {"tc.0.kind": "tcx", "tc.0.removed.by.comm": "lab-tc", "tc.0.removed.how": "netlink", "tc_change.op": "delete"},
}
ALWAYS = {"counter": "XfrmInNoStates", "n": "1", "netns.name": "c.b", "packet.spi": "0x00000101", "packet.mark": "0x0",
          "packet.ifname": "vb", "match": "nearest", "state.spi": "0x00000101", "state.mark": "0xd00/0xf00",
          "tc.0.ifname": "vb", "tc.0.direction": "ingress", "tc.0.prog.name": "mark_d00"}


def judge_lost(name, event, records):
    """The verdict on one removal."""
    problems = steps.mismatch(event, ALWAYS | LOST[name])
    problems += mirror.equal("differs", event.get("differs"), ["mark"])
    ago = lines.field(event, "tc.0.removed.ago_ms")
    if not isinstance(ago, int) or not 0 <= ago <= 30000:
        problems.append(f"removed {ago} ms ago")
    problems += mirror.equal("while it was there: lost, passed", records.get(f"kept {name}"), ["0", "3"])
    problems += mirror.equal("after it went: lost", records.get(f"lost {name}"), ["1"])
    return Verdict(f"cause {name}: one event names the SA, its mark and the program that went", problems)


def judge_cause(folder, features):
    """A program that set the mark went, and the packets found no SA any more."""
    output, run = judge_run("cause", folder)
    wanted = ["cls_bpf", "qdisc"] + (["tcx"] if "tcx yes" in features else [])
    records = {}
    for line in mirror.read(folder / "records").splitlines():
        kind, name, *rest = line.split()
        records[f"{kind} {name}"] = rest
    events = [one for one in output if one.get("type") == "error"]
    run.problems += mirror.equal("errors", [one["counter"] for one in events], ["XfrmInNoStates"] * len(wanted))
    run.problems += [line for line in records if line.startswith("problem")]
    verdicts = [run] + [judge_lost(name, event, records) for name, event in zip(wanted, events)]
    if "tcx" not in wanted:
        verdicts.append(Verdict("cause tcx", [], "this kernel lacks tcx (from 6.6)"))
    return verdicts


def judge_lacking(folder, _features):
    """Without the hook on filters all else works; what the mirror lacks is said, and an event claims nothing."""
    output, run = judge_run("lacking", folder)
    errors, probes = mirror.read(folder / "run.err"), mirror.read(folder / "probes")
    for function, tells in (("cls_bpf_change", "filters that are made and changed after the start"),
                            ("tc_new_tfilter", "filters that the other hooks miss")):
        if f"the mirror of tc is incomplete: this kernel has no function {function}, which tells of {tells}" not in errors:
            run.problems.append(f"it does not say that it lacks {function}: {errors}")
        if not any(function in line and "MISSING" in line for line in probes.splitlines()):
            run.problems.append(f"probes does not show the missing hook: {probes[-2000:]}")
    told = [lines.field(one, "tc.kind") for one in told_by(output, "l.a")]
    run.problems += mirror.equal("changes", told, ["clsact"])
    found = [one for one in output if one.get("type") == "error"]
    run.problems += mirror.equal("errors", sum(one["n"] for one in found), 7)
    run.problems += mirror.equal("tc", {json.dumps(one.get("tc", "absent")) for one in found}, {"null"})
    return [run]


JUDGES = {"snapshot": judge_snapshot, "changes": judge_changes, "inlined": judge_inlined, "unhooked": judge_unhooked,
          "many": judge_many, "cause": judge_cause, "lacking": judge_lacking}
CASES = tuple(JUDGES)


def judge_folder(out):
    """The verdicts on a guest."""
    begun, done = set(), set()
    for line in mirror.read(out / "cases").splitlines():
        (begun if line.startswith("begun ") else done).add(line.split()[1])
    features = mirror.read(out / "features")
    verdicts = [Verdict(case, ["it did not come to its end"]) for case in sorted(begun - done)]
    for case in CASES:
        if case in done:
            verdicts += JUDGES[case](out / case, features)
    return verdicts or [Verdict("cases", ["none was played"])]
