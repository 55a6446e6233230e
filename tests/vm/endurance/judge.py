# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges what the cases of the guest left in /out. A function per case; each gives problems as texts."""

import json
import pathlib
import re
from collections import Counter

import guests
import lines
from guests import Verdict, read

FRAME = re.compile(r"([\w.]+)\+0x[0-9a-f]+(?: \[(\w+)\])?")


def parts(folder, name):
    """ready, the error lines and the summary of a run, and what is wrong with its form or its end."""
    output, problems = lines.parse(read(folder / f"{name}.json"))
    errors = [one for one in output if one.get("type") == "error"]
    whole = [one for one in errors if lines.field(one, "site.function")]  # not what found no row
    problems += [wrong for one in whole for wrong in lines.form_of_error(one) if "netns.name" not in wrong]
    types = [one.get("type") for one in output]
    if types[:1] != ["ready"] or types[-1:] != ["summary"]:
        problems.append(f"{name}: the first line is {types[:1]}, the last {types[-1:]}: {read(folder / (name + '.err'))}")
        return errors, {}, problems
    if read(folder / f"{name}.code").strip() != "0":
        problems.append(f"{name}: exit code {read(folder / (name + '.code')).strip()}")
    return errors, output[-1], problems


def sums(errors, key=lambda one: one["counter"]):
    """The sum of n by key."""
    total = Counter()
    for one in errors:
        total[key(one)] += one["n"]
    return total


def summary_sums(summary, which):
    """The sum over all netns of `kernel` or `seen`, by counter."""
    total = Counter()
    for one in summary.get("netns", []):
        for counter, pair in one["counters"].items():
            total[counter] += pair[which] or 0
    return +total


def readings(text, tag):
    """The counters that lab-send printed with a tag, summed over all netns."""
    total = Counter()
    for words in (line.split() for line in text.splitlines()):
        if len(words) == 5 and words[0] == tag and words[3] != "-":
            total[words[3]] += int(words[4])
    return total


def equal(what, got, wanted):
    """A problem if the two differ."""
    return [] if got == wanted else [f"{what}: {dict(got)}, expected {dict(wanted)}"]


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


def named_loss(summary, errors):
    """A problem unless the summary says exactly what was missed, and that is little: an increment that interrupts
    another one's probe, or its line. A kernel that preempts itself may pass over a hook, too, which the summary then names."""
    missed = summary_sums(summary, "kernel") - summary_sums(summary, "seen")
    problems = equal("Σ n", sums(errors), summary_sums(summary, "seen"))
    passed_over = [one for one in summary.get("problems", []) if "passed over the hook" in one]
    turns = lines.lost_to_turns(summary)
    if (summary.get("complete") is True) == bool(missed or passed_over or turns):
        problems.append(f"complete is {summary.get('complete')}, and {dict(missed) or 'nothing'} was missed; "
                        f"problems: {Counter(summary.get('problems')).most_common(4)}")
    if sum(summary.get("lost", {"lost": 1}).values()) > turns or sum(missed.values()) > sum(sums(errors).values()) / 50:
        problems.append(f"lost {summary.get('lost')}, missed {dict(missed)}")
    return problems


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


def judge_modules(folder):
    """The summary is complete, or says what was missed; all that was seen is on lines."""
    errors, summary, problems = parts(folder, "snap")
    text = read(folder / "counters")
    kernel = readings(text, "after") - readings(text, "before")
    problems += equal("the summary's kernel", summary_sums(summary, "kernel"), kernel) + named_loss(summary, errors)
    if kernel["XfrmInStateModeError"] != 30 or len(read(folder / "probed").split()) != 2:
        problems.append(f"the kernel counted {dict(kernel)}, probes were set in turns {read(folder / 'probed').split()}; "
                        "expected 30 XfrmInStateModeError, and probes in two turns")
    return problems + equal("probes at the end", Counter(read(folder / "probes").splitlines()), Counter())


def shape(errors):
    """What two instances agree upon."""
    return Counter(json.dumps([one[key] for key in ("counter", "n", "site", "netns", "packet", "process")])
                   for one in errors)


def judge_two(folder):
    """Both are complete, and what both watched is the same."""
    first, first_summary, problems = parts(folder, "first")
    second, second_summary, more = parts(folder, "second")
    problems += more + lines.incomplete("first", first_summary) + lines.incomplete("second", second_summary)
    alone = [one for one in second if lines.field(one, "packet.spi") == "0x00004202"]
    both = [one for one in second if one not in alone]
    problems += equal("first", sums(first), {"XfrmInNoStates": 40, "XfrmInHdrError": 5, "XfrmOutPolBlock": 5})
    problems += equal("second, alone", sums(alone), {"XfrmInNoStates": 7})
    if shape(first) != shape(both):
        problems.append(f"the first saw {list((shape(first) - shape(both)).items())[:3]}, "
                        f"the second {list((shape(both) - shape(first)).items())[:3]}")
    return problems + equal("probes at the end", Counter(read(folder / "probes").splitlines()), Counter())


def stack_problems(one):
    """What is wrong with an error's stack: each frame has a name, the first one is the site's."""
    frames = one.get("stack") or []
    names = [FRAME.fullmatch(frame) for frame in frames]
    wrong = [f"{one['counter']}: frame {frame!r} has no name" for frame, name in zip(frames, names) if not name]
    site = one["site"]["function"], one["site"]["module"]
    if len(frames) < 4 or not names[0] or names[0].groups() != site:
        wrong.append(f"{one['counter']}: the first of {len(frames)} frames is {frames[:1]}, the site is {site}")
    return wrong


def judge_stack(folder):
    """Every error has its stack, in JSON and in text."""
    errors, _, problems = parts(folder, "snap")
    problems += equal("errors", sums(errors), {"XfrmInNoStates": 1, "XfrmOutPolBlock": 1, "XfrmInStateModeError": 1})
    problems += [wrong for one in errors for wrong in stack_problems(one)]
    firsts = [line.split()[1:] for line in read(folder / "text").splitlines() if line.split()[:1] == ["stack"]]
    wanted = [one["stack"][0].split() for one in errors if one.get("stack")]
    return problems + equal("first frames in text", Counter(map(tuple, firsts)), Counter(map(tuple, wanted)))


def judge_killed(folder):
    """No moment of death leaves a probe or a changed switch; the next run replaces its pins, and is complete."""
    errors, summary, problems = parts(folder, "snap")
    deaths = [line.split() for line in read(folder / "probes").splitlines()]
    problems += [f"killed at {moment}, it left {left} probes" for moment, _, left in deaths if int(left)]
    if len(deaths) != 10 or sum(int(probes) > 0 for _, probes, _ in deaths) < 3:
        problems.append(f"of the deaths {deaths} fewer than three came when there were probes")
    before, after = (Counter(read(folder / f"switches-{when}").splitlines()) for when in ("before", "after"))
    problems += equal("switches", after, before) + ([] if len(before) > 4 else [f"switches: {before}"])
    problems += judge_together(folder)
    problems += equal("pins at the end", Counter(read(folder / "pins-at-end").splitlines()), Counter())
    text = read(folder / "counters")
    problems += equal("Σ n", sums(errors), readings(text, "after") - readings(text, "before"))
    problems += equal("seen", sums(errors), {"XfrmInNoStates": 20}) + lines.incomplete("snap", summary)
    return problems + equal("probes at the end", Counter(read(folder / "probes-at-end").splitlines()), Counter())


def judge_together(folder):
    """Killed with its group or cgroup it leaves no switch turned; killed with the child that turns them, until the next start."""
    states = dict(line.split(maxsplit=1) for line in read(folder / "together").splitlines())
    problems = equal("killed together: cgroup", {"cgroup": states.pop("cgroup", "0 1")}, {"cgroup": "0 1"})  # since 5.14
    problems += equal("killed together", states, {"group": "0 1", "all": "1 0", "check": "0 0 1"})
    said = "left /sys/kernel/rcu_expedited at 1: turned back"
    return problems + ([] if said in read(folder / "check") else [f"check said {read(folder / 'check')}"])


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


# By case, and a word for what else is judged of it.
JUDGES = {"netns": judge_netns, "netns names": judge_netns_names, "modules": judge_modules, "two": judge_two, "stack": judge_stack, "killed": judge_killed,
          "flood": judge_flood}

CASES = [name for name in JUDGES if " " not in name]


def judge_case(folder, name):
    """The verdict on one case, which may fall over output that has another form."""
    problems = [read(folder / "failed")] if read(folder / "failed") else []
    try:
        problems += JUDGES[name](folder)
    except (KeyError, TypeError, IndexError, ValueError) as error:
        problems.append(f"the output has an unexpected form: {error!r}")
    return Verdict(name, problems)


def judge_folder(folder):
    """The verdicts on a guest whose /out is in folder."""
    return guests.judge_cases(pathlib.Path(folder), JUDGES, lambda out, name: judge_case(out / name.split()[0], name))
