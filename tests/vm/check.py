# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Compares what xfrm-snap printed in a guest's scenarios with what they expected and what the kernel counted."""

import pathlib
from collections import Counter

import lines
import records
from guests import Verdict

INIT = "init"
SHOWN = 5  # nearest lines that a failed expectation shows


def show_rises(rises):
    """Rises as a text."""
    return ", ".join(f"{netns} {counter} {n}" for (netns, counter), n in sorted(rises.items())) or "nothing"


def check_kernel(scenario):
    """Whether the kernel counted what the scenario expected, and nothing else."""
    problems = [f"the script {scenario.error}"] if scenario.error else []
    if scenario.rises() != scenario.expected_rises():
        problems.append(f"the kernel counted {show_rises(scenario.rises())}; "
                        f"expected {show_rises(scenario.expected_rises())}")
    return problems


def errors_of(output, netns):
    """The error lines of a namespace."""
    return [one for one in output if one.get("type") == "error" and lines.field(one, "netns.name") == netns]


def losses_of(output, netns):
    """The loss lines of a namespace."""
    return [one for one in output if one.get("type") == "loss" and lines.field(one, "netns.name") == netns]


def sums(errors):
    """The sum of n per counter, of lines that have one."""
    total = Counter()
    for one in errors:
        total[one.get("counter")] += one["n"] if isinstance(one.get("n"), int) else 0
    return +total


def check_sums(output, netns, rise):
    """Whether the lines of a namespace add up to the kernel's rise there, a {counter: n}."""
    seen = dict(sums(errors_of(output, netns)))
    if seen == rise:
        return []
    return [f"{netns}: the error lines add up to {seen or 'nothing'}, the kernel counted {rise or 'nothing'}"]


def loss_sums(losses):
    """The sum of n per cause, and of packets; None where the packets of a line are unknown."""
    total, packets = Counter(), {}
    for one in losses:
        cause, more = one.get("cause"), one.get("packets")
        total[cause] += one["n"] if isinstance(one.get("n"), int) else 0
        known = packets.get(cause, 0)
        packets[cause] = known + more if isinstance(known, int) and isinstance(more, int) else None
    return {cause: (n, packets[cause]) for cause, n in total.items()}


def check_losses(output, netns, expected):
    """Whether a namespace lost what was expected, a {cause: n}, and nothing else."""
    seen = {cause: n for cause, (n, _) in loss_sums(losses_of(output, netns)).items()}
    if seen == expected:
        return []
    return [f"{netns}: the loss lines add up to {seen or 'nothing'}, expected {expected or 'nothing'}"]


def in_netns(losses, netns):
    """Of {(netns, cause): n} what is of one namespace."""
    return {cause: n for (where, cause), n in losses.items() if where == netns}


def check_expectation(output, expected, netns):
    """Whether the lines that fit an expectation add up to its n; if not, what the nearest lines are."""
    if "loss" in expected:
        candidates = [one for one in losses_of(output, netns) if one.get("cause") == expected["loss"]]
    else:
        candidates = [one for one in errors_of(output, netns) if one.get("counter") == expected["counter"]]
    pairs = [(lines.differences(one, expected), one) for one in candidates]
    pairs.sort(key=lambda pair: len(pair[0]))
    total = sum(one["n"] for differences, one in pairs if not differences and isinstance(one.get("n"), int))
    if total == int(expected["n"]):
        return []
    nearest = Counter("; ".join(differences) for differences, _ in pairs if differences).most_common(SHOWN)
    shown = [f"    {times} lines: {text}" for text, times in nearest]
    name = expected.get("loss") or expected["counter"]
    return ["\n".join([f"{netns} {name}: {total} of {expected['n']} as expected", *shown])]


def check_scenario(scenario, output):
    """All that a scenario asks of xfrm-snap's lines."""
    problems = []
    per_netns = {netns: {} for netns in scenario.netns.values()}
    for (netns, counter), n in scenario.rises().items():
        per_netns.setdefault(netns, {})[counter] = n
    for netns, rise in per_netns.items():
        if netns != INIT:  # shared by many scenarios: its sum is the run's affair
            problems += check_sums(output, netns, rise)
            problems += check_losses(output, netns, in_netns(scenario.expected_losses(), netns))
        told = errors_of(output, netns) + losses_of(output, netns)
        inums = {lines.field(one, "netns.inum") for one in told}
        if inums - {scenario.after[netns].inum if netns in scenario.after else None}:
            problems.append(f"{netns}: netns.inum is {inums}, expected {scenario.after[netns].inum}")
    for expected in scenario.expected:
        netns = scenario.netns.get(expected["netns"], expected["netns"])
        problems += check_expectation(output, expected, netns)
    return problems


def run_rises(run, scenarios):
    """The kernel's rises during a run; for a namespace that is gone by its end, what its scenario read."""
    found = records.rises(run.start, run.stop)
    for scenario in scenarios:
        for (netns, counter), n in scenario.rises().items():
            if scenario.run == run.name and netns not in run.stop:
                found[(netns, counter)] = n
    return found


def check_order(output):
    """Whether ready comes first, and summary last, each once."""
    types = [one.get("type") for one in output]
    if types[:1] != ["ready"] or types[-1:] != ["summary"] or types.count("ready") != 1 or types.count("summary") != 1:
        middle = sorted(set(types), key=str)
        return [f"the first line is {types[:1]}, the last {types[-1:]}, among {len(types)} lines of {middle}; "
                "expected ready first and summary last"]
    return []


def check_summary(summary, run, rises):
    """Whether the summary says what the kernel counted in every namespace, and that nothing was lost."""
    problems = lines.incomplete("summary", summary)
    said = {}
    for one in summary.get("netns", []):
        for counter, pair in one.get("counters", {}).items():
            if pair.get("kernel") or pair.get("seen"):
                said[(one.get("name"), counter)] = (pair.get("kernel"), pair.get("seen"))
    for key in sorted(set(said) | set(rises), key=str):
        kernel, seen = said.get(key, (None, None))
        wanted = rises.get(key, 0)
        gone = key[0] not in run.stop and kernel is None
        if seen != wanted or (kernel != wanted and not gone):
            problems.append(f"summary: {key[0]} {key[1]}: kernel {kernel}, seen {seen}; the kernel counted {wanted}")
    return problems


def run_losses(run, scenarios):
    """The losses that the scenarios of a run expected."""
    found = Counter()
    for scenario in scenarios:
        if scenario.run == run.name and not scenario.skip:
            found.update(scenario.expected_losses())
    return dict(found)


def check_losses_of_run(output, expected):
    """Whether a run told of losses where they were expected, and its summary agrees with the lines."""
    problems = check_losses(output, INIT, in_netns(expected, INIT))
    told = {lines.field(one, "netns.name") for one in output if one.get("type") == "loss"}
    for name in sorted(told - {netns for netns, _ in expected} - {INIT}, key=str):
        problems.append(f"losses in {name}, where none were expected")
    for summary in (one for one in output if one.get("type") == "summary"):
        for netns in sorted(told | {one.get("name") for one in summary.get("netns", [])}, key=str):
            problems += check_loss_table(summary, netns, loss_sums(losses_of(output, netns)))
    return problems


def check_loss_table(summary, netns, told):
    """Whether the summary says of a namespace's losses what the lines do."""
    said = {}
    for one in summary.get("netns", []):
        if one.get("name") == netns:
            said.update({cause: (row.get("n"), row.get("packets")) for cause, row in one.get("losses", {}).items()})
    return [] if said == told else [f"summary: {netns} lost {said or 'nothing'}; the lines add up to {told or 'nothing'}"]


def check_run(run, scenarios, output):
    """What is asked of a run as a whole."""
    problems = [f"xfrm-snap: {run.error}"] if run.error else []
    if run.code != 0:
        problems.append(f"xfrm-snap ended with {run.code}")
    if not output:
        return problems + ["xfrm-snap said nothing"]
    problems += check_order(output)
    rises = run_rises(run, scenarios)
    init = {counter: n for (netns, counter), n in rises.items() if netns == INIT}
    problems += check_sums(output, INIT, init)
    known = {netns for netns, _ in rises}
    for name in sorted({str(lines.field(one, "netns.name")) for one in output if one.get("type") == "error"} - known):
        problems.append(f"errors in {name}, where the kernel counted nothing")
    for one in (one for one in output if one.get("type") == "summary"):
        problems += check_summary(one, run, rises)
    problems += check_losses_of_run(output, run_losses(run, scenarios))
    forms = Counter(wrong for one in output if lines.is_told(one) for wrong in lines.form_of_error(one))
    return problems + [f"{n} lines: {wrong}" for wrong, n in forms.most_common()]


def judge(text, outputs):
    """The verdicts on one guest: text is its records, outputs the output of each run by name, or None without
    xfrm-snap."""
    found = records.parse(text)
    verdicts = []
    parsed = {name: lines.parse(output) for name, output in (outputs or {}).items()}
    for scenario in found.scenarios:
        verdict = Verdict(scenario.name, [] if scenario.skip else check_kernel(scenario), scenario.skip)
        if outputs is not None and not scenario.skip:
            verdict.problems += check_scenario(scenario, parsed.get(scenario.run, ([], []))[0])
        verdicts.append(verdict)
    for run in found.runs.values() if outputs is not None else ():
        output, problems = parsed.get(run.name, ([], []))
        verdicts.append(Verdict(f"run {run.name}", problems + check_run(run, found.scenarios, output)))
    if not found.ended:
        verdicts.append(Verdict("guest", ["the guest did not come to its end"]))
    return verdicts


def judge_folder(folder, with_snap):
    """The verdicts on a guest whose /out is in folder."""
    folder = pathlib.Path(folder)
    path = folder / "records"
    text = path.read_text(errors="replace") if path.exists() else ""
    outputs = {one.stem: one.read_text(errors="replace") for one in folder.glob("*.json")} if with_snap else None
    return judge(text, outputs)
