# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges what the cases of the guest left in /out. A function per case gives problems, as texts."""

import datetime
import pathlib
import re
import shutil
import subprocess
from collections import Counter

import guests
import lines
from guests import Verdict, read

from . import pcapng, prometheus


def equal(what, got, wanted):
    """A problem if the two differ."""
    return [] if got == wanted else [f"{what}: {got!r}, expected {wanted!r}"]


def output_of(folder, name, code="0"):
    """The lines of a run between ready and summary, the summary, and what is wrong with their form or the run's end."""
    output, problems = lines.parse(read(folder / f"{name}.json"))
    problems += equal(f"{name}: exit code", read(folder / f"{name}.code").strip(), code)
    types = [one.get("type") for one in output]
    if types[:1] != ["ready"] or types[-1:] != ["summary"]:
        problems.append(f"{name}: the first line is {types[:1]}, the last {types[-1:]}: {read(folder / (name + '.err'))}")
        return [], {}, problems
    return output[1:-1], output[-1], problems


def sums(errors):
    """The sum of n by the last part of the netns' name, counter, SPI and mark."""
    total = Counter()
    for one in errors:
        packet = one.get("packet") or {}
        netns = str(lines.field(one, "netns.name")).rpartition(".")[2]
        total[(netns, one["counter"], packet.get("spi"), packet.get("mark"))] += one["n"]
    return dict(total)


# What the guest provokes in each run of `filters`.
ALL = {
    ("b", "XfrmInNoStates", "0x00000099", "0x0"): 5,
    ("b", "XfrmInNoStates", "0x00000098", "0x0"): 3,
    ("b", "XfrmOutNoStates", None, "0x7"): 3,
    ("b", "XfrmOutNoStates", None, "0x9"): 2,
    ("a", "XfrmInNoStates", "0x00000097", "0x0"): 4,
}

# By run: which rows of ALL pass the filter.
PASS = {
    "both": lambda row: True,
    "other": lambda row: row[0] == "a",
    "src": lambda row: row[0] == "b" and row[1] == "XfrmInNoStates",
    "dst": lambda row: row[1] == "XfrmOutNoStates",
    "spi": lambda row: row[2] == "0x00000098",
    "mark": lambda row: row[3] == "0x7",
    "bit": lambda row: row[3] in ("0x7", "0x9"),
    "together": lambda row: row[2] == "0x00000099",
    "rate": lambda row: row[2] == "0x00000099",
}


def summary_of(passed):
    """What the summary has to say of ALL if these rows pass: netns, counter -> (kernel, seen, filtered)."""
    found = {}
    for row, n in ALL.items():
        kernel, seen, filtered = found.get(row[:2], (0, 0, 0))
        found[row[:2]] = (kernel + n, seen + n * passed(row), filtered + n * (not passed(row)))
    return found


def said(summary):
    """What the summary says, in the same form."""
    return {(str(netns["name"]).rpartition(".")[2], name): (row["kernel"], row["seen"], row.get("filtered", 0))
            for netns in summary["netns"] for name, row in netns["counters"].items()}


def judge_filters(folder, names=("both", "spi", "together")):
    """Each run prints what passes its filter and nothing else, and accounts for all that the kernel counted."""
    problems = []
    for name in names:
        passed = PASS[name]
        errors, summary, wrong = output_of(folder, name)
        problems += wrong
        if not summary:
            continue
        problems += equal(f"{name}: lines", sums(errors), {row: n for row, n in ALL.items() if passed(row)})
        problems += equal(f"{name}: summary", said(summary), summary_of(passed)) + lines.incomplete(name, summary)
    return problems


def judge_filters_each(folder):
    """One option at a time."""
    return judge_filters(folder, ("other", "src", "dst", "mark", "bit", "rate"))


def judge_count(folder):
    """It left after two lines that passed the filter; what the kernel counted until then is accounted for."""
    errors, summary, problems = output_of(folder, "snap")
    problems += equal("lines", [(one["packet"]["spi"], one["packet"]["seq"]) for one in errors], [("0x00000098", 1)] * 2)
    problems += equal("filtered", [row.get("filtered") for netns in summary["netns"] for row in netns["counters"].values()], [5])
    return problems + lines.incomplete("snap", summary)


def judge_changes(folder):
    """Only the change in the netns that was asked for."""
    changes, summary, problems = output_of(folder, "snap")
    problems += equal("changes", [lines.field(one, "state.spi") for one in changes], ["0x00000502"])
    return problems + lines.incomplete("snap", summary)


KEYS = ("0123456789abcdef0123456789abcdef", "76543210fedcba9876543210fedcba98")


def judge_netns_reused(folder):
    """Errors of the netns that was asked for; of those that got its inode number or its name later they are counted only."""
    errors, summary, problems = output_of(folder, "snap")
    problems += equal("lines", sums(errors), {("b", "XfrmInNoStates", "0x00000099", "0x0"): 3})
    inum = int(read(folder / "inum"))
    rows = sorted((netns["inum"] == inum, row["kernel"], row["seen"], row.get("filtered", 0))
                  for netns in summary["netns"] for row in netns["counters"].values())
    problems += equal("has its number, kernel, seen, filtered", rows, [(False, 5, 0, 5), (True, 3, 3, 0), (True, 4, 0, 4)])
    return problems + lines.incomplete("snap", summary)


def pcap_of(folder, name):
    """The packets in a file of a run, and what is wrong with it."""
    data = (folder / f"{name}.pcapng").read_bytes()
    found = pcapng.parse(data)
    problems = equal(f"{name}: bytes behind the last packet", found.rest, 0)
    return found, problems + [f"{name}: a key is in it" for key in KEYS if key.encode() in data or bytes.fromhex(key) in data]


def same_as_lines(packets, errors):
    """Whether each error line has its packet: counter, cause, netns and device, length, direction, time to the microsecond."""
    def of_line(one):
        netns, packet = one["netns"]["name"], one["packet"]
        return f"{one['counter']}  {one['cause']}", f"{netns}:{packet['ifname']}", packet["len"], one["direction"] == "in", one["ts"][:26]

    def of_packet(one):
        when = datetime.datetime.fromtimestamp(one.ns // 10**9, datetime.timezone.utc)
        stamp = f"{when:%Y-%m-%dT%H:%M:%S}.{one.ns % 10**9 // 1000:06}"
        return one.comment.splitlines()[0], one.interface, one.length, one.inbound, stamp
    return equal("packets", [of_packet(one) for one in packets], [of_line(one) for one in errors])


# What tshark is to see of the packets of run `all`.
SEEN = [
    {"frame.interface_name": "pcap.b:vb", "ip.src": "10.0.0.1", "ip.dst": "10.0.0.2", "ip.proto": "50",
     "esp.spi": "0x00000301", "esp.sequence": "1"},
    {"frame.interface_name": "pcap.b:vb", "ip.src": "10.0.0.1", "ip.dst": "10.0.0.2", "ip.proto": "50",
     "esp.spi": "0x00000301", "esp.sequence": "2"},
    {"frame.interface_name": "pcap.a:va", "ip.src": "10.0.0.2", "ip.dst": "10.0.0.1", "ip.proto": "50",
     "esp.spi": "0x00000097", "esp.sequence": "9"},
    {"frame.interface_name": "pcap.a:va", "ip.src": "10.0.0.1", "ip.dst": "10.0.0.2", "ip.proto": "17"},
    {"frame.interface_name": "pcap.a:va", "ip.src": "10.9.0.1", "ip.dst": "10.9.0.2", "ip.proto": "17"},
]


def judge_bytes(packets):
    """Where each packet comes from, and its protocol, by its bytes."""
    sources = [(one.bytes[12:16], one.bytes[9]) for one in packets]
    return equal("addresses and protocols", sources,
                 [(bytes(map(int, row["ip.src"].split("."))), int(row["ip.proto"])) for row in SEEN])


def judge_tshark(folder):
    """What tshark sees, field by field."""
    packets = pcap_of(folder, "all")[0].packets
    seen = pcapng.tshark(folder / "all.pcapng")
    problems = equal("tshark", [{key: row[key] for key in wanted} for row, wanted in zip(seen, SEEN)], SEEN)
    return problems + equal("tshark's comments", [row["frame.comment"].split("\\n")[0] for row in seen],
                            [one.comment.splitlines()[0] for one in packets])


def judge_pcap(folder):
    """Packets with comments for errors."""
    errors, summary, problems = output_of(folder, "all")
    found, wrong = pcap_of(folder, "all")
    problems += wrong + lines.incomplete("all", summary) + same_as_lines(found.packets, errors)
    problems += equal("mode", read(folder / "all.mode").strip(), "600")
    problems += equal("interfaces", found.interfaces, ["pcap.b:vb", "pcap.a:va"])
    deleted = [one.comment for one in found.packets if "    deleted  src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000301" in one.comment]
    problems += equal("comments on the SA that went", len(deleted), 2)
    return problems + judge_bytes(found.packets)


def judge_pcap_files(folder):
    """To stdout; killed or on a full disk, what is there is whole."""
    errors, _, problems = output_of(folder, "stdout")
    found, wrong = pcap_of(folder, "stdout")
    problems += wrong + same_as_lines(found.packets, errors) + equal("to stdout", len(errors), 3)
    found, wrong = pcap_of(folder, "killed")
    problems += wrong + equal("packets of the killed run", len(found.packets), 3)
    problems += equal("limited: pins", read(folder / "limited.pins"), "")
    return problems + judge_full(folder, "full", "No space left on device") + judge_full(folder, "limited", "File too large")


def judge_full(folder, name, why):
    """The file could not grow any more: exit code 1, a sentence, all lines, a readable file."""
    errors, summary, problems = output_of(folder, name, "1")
    found, wrong = pcap_of(folder, name)
    problems += wrong + lines.incomplete(name, summary) + equal(f"{name}: lines", sum(one["n"] for one in errors), 60)
    if not 0 < len(found.packets) < 60:
        problems.append(f"{name}: {len(found.packets)} of 60 packets")
    said = f"{why}; {len(found.packets)} packets are in it\n"
    return problems + ([] if said in read(folder / f"{name}.err") else [f"{name}: it said {read(folder / (name + '.err'))}"])


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


KEPT = 1 << 19 | 1 << 34 | 1 << 38 | 1 << 39  # SYS_PTRACE, SYSLOG, PERFMON, BPF, as linux/capability.h numbers them
RESERVE = 1 << 12 | 1 << 21  # NET_ADMIN, SYS_ADMIN


def judge_privileges(folder):
    """Once ready the process has no capability and is root no more, nor is its server; one thread keeps six, two of them in
    reserve, for what it still has to do; nobody else may read its maps. Each has the start's filter, and one of its work."""
    told, summary, problems = output_of(folder, "snap")
    problems += lines.incomplete("snap", summary) + judge_later(folder, told)
    threads = sorted(tuple(line.split()) for line in read(folder / "threads").splitlines())
    nobody = ("64815", 0, 0, 0)  # user; permitted, effective, bounding
    wanted = [("first", *nobody), ("other", "0", KEPT | RESERVE, KEPT, KEPT | RESERVE), ("other", *nobody)]
    problems += equal("its threads", threads, [(*(f"{one:016x}" if isinstance(one, int) else one for one in words), "1", "2", "2")
                                               for words in wanted])  # no new privileges, seccomp: two filters
    problems += [] if "\nxfrm_snap_netns " in read(folder / "page") else ["no numbers from behind the filter"]
    shown = read(folder / "shown")
    problems += equal("show without CAP_SYS_ADMIN: exit code", read(folder / "shown.code").strip(), "0")
    problems += [] if re.search(r"\bdev if\d+\b", shown) else [f"show without CAP_SYS_ADMIN: {shown}"]
    modes = [line.split() for line in read(folder / "modes").splitlines()]
    problems += [f"{name} has the mode {mode}" for mode, name in modes if mode not in ("600", "700")]
    return problems + ([] if len(modes) >= 6 else [f"pins: {modes}"])


def judge_later(folder, told):
    """What came after the capabilities went: a netns that only another user's process holds, a migration, the end."""
    netns = Counter()
    for one in told:
        if one["type"] == "error":
            netns[one["netns"]["name"]] += one["n"]
    problems = equal("errors", dict(netns), {"privileges.b": 2, f"sleep[{read(folder / 'stranger').strip()}]": 2})
    moved = [lines.field(one, "policy.templates.0.dst") for one in told
             if one["type"] == "change" and (one["what"], one["op"]) == ("policy", "update")]
    problems += equal("policies that moved", moved, ["10.1.0.1"])
    problems += equal("probes left", read(folder / "left").strip(), "0")
    return problems + equal("pins left", read(folder / "pins").split(), [])


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


def judge_weather(folder):
    """No error is missed while a processor is away, and each has the clock's time of its moment."""
    errors, summary, problems = output_of(folder, "snap")
    problems += lines.incomplete("snap", summary) + equal("processors", read(folder / "online").strip(), "0")
    problems += equal("packets", [one["packet"]["seq"] for one in errors], list(range(1, 26)))
    at = [datetime.datetime.fromisoformat(one["ts"][:26]) for one in errors]
    hours = [round((one - at[0]).total_seconds() / 3600) for one in at]
    return problems + equal("hours since the first one", hours, [0] * 15 + [1] * 5 + [0] * 5)


def judge_ring(folder):
    """What the ring buffer did not hold is called lost, has no line of its own, and is counted to the last one."""
    errors, summary, problems = output_of(folder, "snap")
    problems += equal("summary", said(summary), {("b", "XfrmInNoStates"): (12000, 12000, 0)})
    problems += equal("Σ n", sum(one["n"] for one in errors), 12000)
    lost = summary.get("lost", {})
    problems += equal("complete", summary.get("complete"), False) + equal("lost in maps", lost.get("map_full"), 0)
    own = [one["packet"]["seq"] for one in errors if one["n"] == 1]
    problems += equal("the first packets", own[:100], list(range(1, 101)))
    return problems + ([] if lost.get("ring", 0) + len(own) == 12000 > len(own) else [f"{len(own)} lines, lost {lost}"])


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


def judge_interrupted(folder):
    """No probe's program is interrupted by the errors of an interrupt, which the kernel would pass over; not either once
    another run has ended that had turned the switch."""
    _, summary, problems = output_of(folder, "snap")
    problems += lines.incomplete("snap", summary)
    problems += equal("kprobes-optimization", read(folder / "switches").split()[0], "0")
    problems += equal("kprobes-optimization after the run", read(folder / "after").strip(), "1")
    return problems + equal("summary", said(summary), {("b", "XfrmInNoStates"): (3000, 3000, 0),
                                                       ("b", "XfrmOutNoStates"): (60000, 60000, 0)})


def judge_many_cpus(folder):
    """Where there may be many processors, each error is counted once, and the sums over all of them prove it."""
    errors, summary, problems = output_of(folder, "snap")
    problems += lines.incomplete("snap", summary)
    possible = int(read(folder / "possible").strip().split("-")[1]) + 1
    problems += [] if possible >= 64 else [f"{possible} possible processors are not many"]
    told = [one["packet"]["seq"] for one in errors if one["packet"]["spi"] == "0x00000099"]
    problems += equal("packets", sorted(told), [*range(100, 150), *range(200, 250)])
    return problems + equal("summary", said(summary), {("b", "XfrmInNoStates"): (100, 100, 0),
                                                       ("gone", "XfrmInNoStates"): (7, 7, 0)})


def judge_bare(folder):
    """The static program needs no file but itself."""
    errors, summary, problems = output_of(folder, "snap")
    problems += lines.incomplete("snap", summary) + equal("check", read(folder / "check.code").strip(), "0")
    return problems + equal("errors", sum(one["n"] for one in errors), 5)


def judge_terminal(folder):
    """It tells of the errors as long as somebody can see it, and ends by itself, with all that it set."""
    screen = read(folder / "screen")
    problems = [] if "XfrmInNoStates" in screen else [f"the terminal showed no error: {screen[-800:]}"]
    if not re.search(r"^ended with [01]$", screen, re.M):
        problems.append(f"it did not end by itself: {screen[-200:]}")
    problems += equal("probes", read(folder / "probes").strip(), "0")
    problems += equal("rcu_expedited", read(folder / "expedited").strip(), "1")  # as the guest had set it
    return problems + equal("pins", read(folder / "pins").split(), [])


# Ways to end, and within how many milliseconds; of some, what they say.
ENDS = {"signal": 3000, "twice": 1500, "late": 3500, "duration": 11000, "start-300": 3000, "start-900": 3000,
        "start-1500": 3000, "start-2500": 3000, "pipe": 3000, "nobody": 9000}
SAID = {"signal": "lines were dropped: nobody took them from standard output", "twice": "ended at once, without a summary",
        "duration": "lines were dropped: nobody took them from standard output",
        "nobody": "cannot write /tmp/unread: nobody reads this pipe; start its reader first"}


def judge_stop(folder):
    """Told to stop, or when its time is over, it ends soon whatever the reader does, and leaves nothing behind."""
    problems = []
    for name, limit in ENDS.items():
        took = int(read(folder / f"{name}.ms"))
        problems += [] if took <= limit else [f"{name}: it took {took} ms to end, not {limit}"]
        problems += equal(f"{name}: left behind", read(folder / f"{name}.left").split(), ["0", "1"])
        code = "1" if name in ("twice", "nobody") else "0"
        problems += equal(f"{name}: exit code", read(folder / f"{name}.code").strip(), code)
        if SAID.get(name, "") not in read(folder / f"{name}.err"):
            problems.append(f"{name}: it said {read(folder / (name + '.err'))}")
    problems += equal("switches while it waits for the reader of a pipe", read(folder / "pipe.expedited").strip(), "0")
    return problems + judge_late(folder)


def judge_late(folder):
    """A reader that takes its lines in the last moment gets all, the summary as well."""
    output, problems = lines.parse(read(folder / "late.lines"))
    summary = output[-1] if output else {}
    problems += equal("late: last line", summary.get("type"), "summary")
    told = sum(one["n"] for one in output if one["type"] == "error")
    return problems + equal("late: told", told, 2000) + equal("late: complete", summary.get("complete"), True)


# By case, and a word for what else is judged of it: by a tool of that name.
JUDGES = {"filters": judge_filters, "filters-each": judge_filters_each, "count": judge_count, "changes": judge_changes,
          "netns-reused": judge_netns_reused,
          "pcap": judge_pcap, "pcap tshark": judge_tshark, "pcap-files": judge_pcap_files, "metrics": judge_metrics, "pods": judge_pods,
          "privileges": judge_privileges, "capabilities": judge_capabilities,
          "weather": judge_weather, "ring": judge_ring, "terminal": judge_terminal, "stop": judge_stop, "bare": judge_bare,
          "passed-over": judge_passed_over, "many-cpus": judge_many_cpus, "interrupted": judge_interrupted,
          "metrics promtool": lambda folder: prometheus.promtool(read(folder / "page")),
          "metrics prometheus": lambda folder: prometheus.scrape(read(folder / "page"))}
CASES = [name for name in JUDGES if " " not in name]


def judge_case(folder, name):
    """The verdict on one case, which may fall over output that has another form."""
    case, _, tool = name.partition(" ")
    if tool and not shutil.which(tool):
        return Verdict(name, skip=f"{tool} is not installed: sudo make deps NEEDS=extra")
    if skip := read(folder / case / "skip").strip():
        return Verdict(name, skip=skip)
    try:
        problems = JUDGES[name](folder / case)
    except (KeyError, TypeError, IndexError, ValueError, OSError, subprocess.CalledProcessError) as error:
        problems = [f"the output has an unexpected form: {error!r}"]
    return Verdict(name, problems)


def judge_folder(folder):
    """The verdicts on a guest whose /out is in folder."""
    return guests.judge_cases(pathlib.Path(folder), JUDGES, judge_case)
