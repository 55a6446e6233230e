# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges what the cases of the guest left in /out. A function per case; each gives verdicts."""

import gzip
import json
import pathlib
import re
from collections import Counter, defaultdict

import lines
from guests import Verdict

from . import ip_xfrm, steps

SHOWN = 6  # problems of one kind
NOT_MIRRORED = frozenset({"seq"})  # the number of the acquire


def read(path):
    """The file's text, decompressed if it is; empty if it is not there."""
    packed = path.with_name(path.name + ".gz")
    if packed.exists():
        return gzip.decompress(packed.read_bytes()).decode(errors="replace")
    return path.read_text(errors="replace") if path.exists() else ""


def few(problems):
    """At most SHOWN of them, and how many there are."""
    more = len(problems) - SHOWN
    return problems[:SHOWN] + ([f"and {more} more of this kind"] if more > 0 else [])


def equal(what, got, wanted):
    """A problem if the two differ."""
    return [] if got == wanted else [f"{what}: {got!r}, expected {wanted!r}"]


def output_of(folder, name):
    """The lines of a run of xfrm-snap, and what is wrong with their form or its end."""
    output, problems = lines.parse(read(folder / f"{name}.json"))
    types = [one.get("type") for one in output]
    if types[:1] != ["ready"] or types[-1:] != ["summary"]:
        problems.append(f"{name}: the first line is {types[:1]}, the last {types[-1:]}: {read(folder / (name + '.err'))}")
    code = read(folder / f"{name}.code").strip()
    return output, problems + equal(f"{name}: exit code", code, "0")


def check_complete(output, turns=False):
    """Problems if the summary is not complete."""
    return lines.incomplete("summary", output[-1] if output else {}, turns)


def answer(folder, name):
    """What `xfrm-snap show ... --json` said, and problems if it failed."""
    found, problems = lines.parse(read(folder / name))
    problems += equal(f"show {name}: exit code", read(folder / f"{name}.code").strip(), "0")
    return found, problems + ([read(folder / f"{name}.err")] if problems or not found else [])


# --- show and ip(8) --------------------------------------------------------------------------------------------------

def by_netns(text):
    """The text of show, in parts by the names of netns."""
    parts, name = defaultdict(list), None
    for line in text.splitlines(keepends=True):
        if line.startswith("netns "):
            name = line.split()[1]
        else:
            parts[name].append(line)
    return {name: "".join(part) for name, part in parts.items()}


def parser_of(what):
    """The reader of states or policies."""
    return ip_xfrm.parse_states if what == "states" else ip_xfrm.parse_policies


def ip_list(folder, netns, what):
    """What ip(8) said of states or policies of a netns."""
    return parser_of(what)(read(folder / "ip" / f"{netns}.{what}"))


def compare(folder, netns, what, text, ip_version):
    """Problems where the text of show is not what ip(8) says. -s in both if `what` ends in it."""
    plain = what.removesuffix("-s")
    theirs = ip_list(folder, netns, what) if plain == what else parser_of(plain)(read(folder / "ip" / f"{netns}.{what}"))
    ours = parser_of(plain)(text)
    ignore = ip_xfrm.unknown_to(ip_version) | NOT_MIRRORED
    return few([f"{netns}: {problem}" for problem in ip_xfrm.compare(theirs, ours, ignore)])


def netns_listed(folder):
    """The names of netns of which ip(8) was asked."""
    return sorted({path.name.rsplit(".", 2)[0] for path in (folder / "ip").glob("*.gz")})


def compare_all(folder, name, what, ip_version):
    """Problems where what show said (/out/CASE/NAME) is not what ip(8) said, in any netns."""
    parts = by_netns(read(folder / name))
    problems = equal(f"{name}: exit code", read(folder / f"{name}.code").strip(), "0")
    if problems:
        return problems + [read(folder / f"{name}.err")]
    for netns in netns_listed(folder):
        problems += compare(folder, netns, what, parts.pop(netns, ""), ip_version)
    return problems + [f"{name}: it shows netns {netns}, which ip(8) was not asked of" for netns in parts]


def json_key(state):
    """What tells a state of JSON lines from others."""
    value, mask = state["mark"].split("/")
    mark = None if value == mask == "0x0" else f"{value}/{mask}"
    return (state["src"], state["dst"], state["proto"], int(state["spi"], 0), state["reqid"], state["mode"], mark,
            int(state["if_id"], 0))


def ip_key(state):
    """The same of a state that ip(8) printed."""
    return (state["src"], state["dst"], str(state["proto"]), state.get("spi", 0), state["reqid"], state["mode"],
            state.get("mark"), state.get("if_id", 0))


def compare_json(folder, found):
    """Problems where the states of JSON lines are not those that ip(8) says."""
    problems = []
    mine = defaultdict(Counter)
    for one in found:
        mine[lines.field(one, "netns.name")][json_key(one["state"])] += 1
    for netns in netns_listed(folder):
        theirs = Counter(map(ip_key, ip_list(folder, netns, "states")))
        ours = mine.pop(netns, Counter())
        problems += few([f"{netns}: only in ip: {key}" for key in theirs - ours])
        problems += few([f"{netns}: only in xfrm-snap: {key}" for key in ours - theirs])
    return problems + [f"states in netns {netns}, which ip(8) was not asked of" for netns in mine]


# --- cases -----------------------------------------------------------------------------------------------------------

def judge_changes(folder):
    """Each way to come, change and go; then what is left is what ip(8) says."""
    output, problems = output_of(folder, "snap")
    states, more = answer(folder, "states")
    deleted, wrong = answer(folder, "deleted")
    problems += more + wrong + check_complete(output) + compare_json(folder, states)
    ages = [one["deleted"]["ago_ms"] for one in deleted]
    if not all(isinstance(age, int) and 0 <= age < 300_000 for age in ages):
        problems.append(f"tombstones' ages are {ages}")
    text = json.dumps(output)
    if re.search("0123456789abcdef0123|5c5c5c5c", text):
        problems.append("there is a key in a line")
    return [Verdict("changes", problems), *steps.judge_steps(folder, output, deleted)]


def judge_show(folder):
    """A zoo of states and policies, with and without a running xfrm-snap."""
    version = read(folder.parent / "ip-version")
    output, problems = output_of(folder, "snap")
    verdicts = [Verdict("show run", problems + check_complete(output))]
    for run, place in (("alone", folder / "alone"), ("running", folder)):
        for what in ("states", "states-s", "policies", "policies-s"):
            verdicts.append(Verdict(f"show {run} {what}", compare_all(place, f"{run}.{what}", what, version)))
        found, problems = answer(place, f"{run}.states.json")
        verdicts.append(Verdict(f"show {run} json", problems + compare_json(place, found)))
        one = {netns: text for netns, text in by_netns(read(place / f"{run}.states")).items() if netns == "zoo.one"}
        verdicts.append(Verdict(f"show {run} --netns", equal("netns", list(one), ["zoo.one"]) + equal(
            "--netns", by_netns(read(place / f"{run}.states.netns")) == one, True)))
    states, policies = ip_list(folder, "zoo.one", "states"), ip_list(folder, "zoo.one", "policies")
    kinds = {(str(one["proto"]), str(one["mode"])) for one in states}
    if len(states) < 42 or len(policies) < 18 or len(kinds) < 10:
        verdicts[0].problems.append(f"the zoo has but {len(states)} states, {len(policies)} policies, {sorted(kinds)}: "
                                    f"{read(folder / 'zoo.log')}")
    verdicts[0].problems += equal("left behind by show", read(folder / "left"), "")
    return verdicts


def judge_many(folder):
    """After very many changes at once the mirror is what the kernel says, and every error was told."""
    version = read(folder.parent / "ip-version")
    output, problems = output_of(folder, "snap")
    found, more = answer(folder, "states.json")
    problems += more + compare_json(folder, found) + compare_all(folder, "states-s", "states-s", version)
    counted = Counter()
    for words in (line.split() for line in read(folder / "counters").splitlines()):
        if len(words) == 5 and words[3] != "-":
            counted[words[3]] += int(words[4])
    said = sum(one["n"] for one in output if one.get("type") == "error")
    if folder.name == "storm":
        problems += equal("Σ n", said, sum(counted.values()))
        problems += few([f"seen in a list alone: {one['state']}" for one in found if one["state"]["added_how"] == "listed"])
    problems += check_complete(output, turns=True)
    if len(found) < 5000 or not said:
        problems.append(f"only {len(found)} states and {said} errors: that is no storm")
    return [Verdict(folder.name, problems)]


def judge_full(folder):
    """A mirror that is too small says so, and says nothing wrong."""
    output, problems = output_of(folder, "snap")
    found, more = answer(folder, "states.json")
    real = {ip_key(one) for one in ip_list(folder, "storm.1", "states")}
    problems += more + equal("states", len(real), 500)
    if not 0 < len(found) <= 64:
        problems.append(f"it shows {len(found)} states, expected 1 to 64")
    problems += few([f"it shows {one['state']}, which the kernel has not" for one in found
                     if json_key(one["state"]) not in real])
    errors = [one for one in output if one.get("type") == "error"]
    for one in errors:
        state = one.get("state")
        if state and (state["spi"] != one["packet"]["spi"] or json_key(state) not in real):
            problems.append(f"the error with SPI {one['packet']['spi']} names {state['spi']}")
        if not state and one.get("match") == "none":
            problems.append(f"it claims that no state has the SPI {one['packet']['spi']}")
    summary = output[-1] if output else {}
    if summary.get("complete") is not False and "mirror" not in json.dumps(summary):
        problems.append(f"the summary does not say that the mirror is incomplete: {summary.get('lost')}")
    if "left out" not in read(folder / "text.err") + read(folder / "text") and "incomplete" not in read(
            folder / "text.err") + read(folder / "text"):
        problems.append(f"show does not say that it is incomplete: {read(folder / 'text.err')!r}")
    return [Verdict("full", few(problems) + equal("errors", len(errors), 72))]


TOMBSTONES = 4096
OVERWRITTEN = 2  # of 300: two states whose numbers have the same bits share a tombstone, in one of 2,000 runs


def judge_tombstones(folder):
    """The last states to go have their tombstones, the oldest ones have made room."""
    output, problems = output_of(folder, "snap")
    found, more = answer(folder, "deleted.json")
    problems += more + equal("netns of tombstones", {one["netns"]["name"] for one in found}, {"storm.1"})
    times = Counter(one["deleted"]["state"]["spi"] for one in found)
    problems += few([f"{spi} has {n} tombstones" for spi, n in times.items() if n > 1])
    if not TOMBSTONES * 0.9 < len(found) <= TOMBSTONES:
        problems.append(f"{len(found)} tombstones of 6000 states")
    last = {f"{0x10000 + number:#010x}" for number in range(5700, 6000)}
    if len(last - set(times)) > OVERWRITTEN:
        problems += few([f"{spi} was among the last to go and has none" for spi in last - set(times)])
    errors = [one for one in output if one.get("type") == "error"]
    for one in errors:
        if not one["deleted"] or one["deleted"]["state"]["spi"] != one["packet"]["spi"]:
            problems.append(f"the error with SPI {one['packet']['spi']} has the tombstone {one['deleted']}")
    return [Verdict("tombstones", few(problems) + equal("errors", len(errors), 19) + check_complete(output))]


def searched(text):
    """What `lab-send search` printed, as a list of (what, places, bytes, finds)."""
    return [(words[0], int(words[2]), int(words[4]), int(words[6]))
            for words in map(str.split, text.splitlines()) if len(words) == 7]


def judge_secrets(folder):
    """Not eight bytes of a key are in a map, in memory or in an output; where one is, the search finds it."""
    output, problems = output_of(folder, "snap")
    control = searched(read(folder / "control"))
    if [one[0] for one in control] != ["memory", "maps", "file"] or not all(finds for *_, finds in control):
        problems.append(f"the search did not find what was planted: {control}")
    found = searched(read(folder / "found"))
    problems += equal("searches", [one[0] for one in found], ["memory", "maps"] * 2 + ["file"] * 6)
    problems += [f"{finds} finds in {what}" for what, _, _, finds in found if finds]
    problems += [f"only {size} bytes of {what} were searched" for what, _, size, _ in found[:4]
                 if size < (1 << 20 if what == "memory" else 1 << 12)]
    changes = Counter((one["what"], one["op"]) for one in output if one.get("type") == "change")
    if changes["state", "add"] < 4 or not any(one.get("state") for one in output if one.get("type") == "error"):
        problems.append(f"there was nothing to find: {changes}")
    names = [lines.field(one, "state.alg") for one in output if one.get("type") == "change"]
    if "rfc4106(gcm(aes))" not in names:
        problems.append(f"algorithms are {names}")
    return [Verdict("secrets", problems + check_complete(output))]


def judge_errors(folder):
    """The table of what was counted: each failure in its row, the rest in others, all adds up to the kernel's count."""
    output, problems = output_of(folder, "snap")
    rows, more = answer(folder, "count")
    last, wrong = answer(folder, "last")
    problems += more + wrong
    kernel = sum(int(words[4]) for words in map(str.split, read(folder / "counters").splitlines())
                 if len(words) == 5 and words[3] == "XfrmInNoStates")
    problems += equal("kernel", kernel, 30 + 50 + 40 + 64)
    problems += equal("rows add up to", sum(one["n"] for one in rows), kernel)
    known = {lines.field(one, "packet.spi"): one for one in rows if one["site"]}
    for spi, n in (("0x00000901", 30), ("0x00000902", 50), ("0x00000903", 40)):
        one = known.get(spi, {})
        problems += equal(f"{spi}: n", one.get("n"), n)
        problems += equal(f"{spi}: bytes", one.get("bytes"), n * (lines.field(one, "packet.len") or 0))
        problems += equal(f"{spi}: function", lines.field(one, "site.function"), "xfrm_input")
        if not one.get("first", "") < one.get("last", ""):
            problems.append(f"{spi}: first {one.get('first')}, last {one.get('last')}")
    near = known.get("0x00000902", {})
    problems += equal("near", [near.get("match"), near.get("differs"), lines.field(near, "state.dst"),
                               lines.field(near, "state.spi")], ["nearest", ["daddr"], "127.0.0.2", "0x00000902"])
    problems += equal("order", [one["n"] for one in rows], sorted((one["n"] for one in rows), reverse=True))
    times = [one["last"] for one in last if one["last"]]
    problems += equal("order by time", times, sorted(times, reverse=True))
    problems += equal("rows", len(known), 6)
    others = [one for one in rows if not one["site"]]
    problems += equal("others", [one["n"] for one in others], [kernel - sum(one["n"] for one in known.values())])
    if "others, which found no room" not in read(folder / "text"):
        problems.append(f"the text does not name others: {read(folder / 'text')[:200]!r}")
    if read(folder / "alone.code").strip() != "1" or "no xfrm-snap runs" not in read(folder / "alone.err"):
        problems.append(f"without a run: {read(folder / 'alone.code')} {read(folder / 'alone.err')!r}")
    said = sum(one["n"] for one in output if one.get("type") == "error")
    return [Verdict("errors", few(problems) + equal("Σ n", said, kernel))]


def dumped(folder, name):
    """The rows of a map that bpftool printed, as JSON would have them."""
    text = read(folder / f"{name}.dump")
    try:
        return [one["value"] for one in json.loads(text)]
    except (ValueError, KeyError, TypeError):
        return []


def judge_pins(folder):
    """Named fields for bpftool, one instance a directory, and pins that go with their run or are taken over."""
    _, problems = output_of(folder, "again")
    problems += equal("mode", read(folder / "mode").strip(), "700")
    states, deleted = dumped(folder, "states"), dumped(folder, "deleted")
    problems += equal("states", [(one.get("reqid"), one.get("mark")) for one in states], [(7, 0xd00)])
    mine = [one.get("reqid") for one in deleted if one.get("netns") == int(read(folder / "inum") or 0)]
    problems += equal("deleted", mine, [7])  # others may still be removed with the netns of the cases before
    problems += equal("policies", [one.get("priority") for one in dumped(folder, "policies")], [77])
    second = read(folder / "second.err")
    if read(folder / "second.code").strip() != "1" or "--pin" not in second or len(second.splitlines()) != 1:
        problems.append(f"the second instance: exit code {read(folder / 'second.code').strip()}, {second!r}")
    problems += equal("the second instance's output", read(folder / "second.json"), "")
    problems += equal("elsewhere: exit code", read(folder / "other.code").strip(), "0")
    problems += equal("after it went", read(folder / "after-other"), read(folder / "first"))
    problems += equal("probes of the killed one", read(folder / "probes"), "")
    problems += equal("maps of the killed one", read(folder / "killed"), read(folder / "first"))
    problems += equal("taken over", read(folder / "again"), read(folder / "first"))
    found, more = answer(folder, "again.states")
    problems += more + compare_json(folder, found)
    return [Verdict("pins", problems + equal("at the end", read(folder / "end").split(), [".:", "total"]))]


JUDGES = {"changes": judge_changes, "show": judge_show, "storm": judge_many, "race": judge_many, "full": judge_full,
          "tombstones": judge_tombstones, "secrets": judge_secrets, "errors": judge_errors, "pins": judge_pins}
CASES = list(JUDGES)


def judge_case(folder, name, ended):
    """The verdicts on one case, which may fall over output that has another form."""
    try:
        verdicts = JUDGES[name](folder)
    except (KeyError, TypeError, IndexError, ValueError, AttributeError, OSError) as error:
        where = error.__traceback__
        while where.tb_next:
            where = where.tb_next
        verdicts = [Verdict(name, [f"the output has an unexpected form: {error!r} "
                                   f"({pathlib.Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno})"])]
    return verdicts if ended else [*verdicts, Verdict(name, ["it did not come to its end"])]


def judge_folder(folder):
    """The verdicts on a guest whose /out is in folder."""
    folder = pathlib.Path(folder)
    cases = [line.split() for line in read(folder / "cases").splitlines()]
    begun = [words[1] for words in cases if words[0] == "begin"]
    ended = {words[1] for words in cases if words[0] == "end"}
    verdicts = [one for name in begun for one in judge_case(folder / name, name, name in ended)]
    records = [Verdict("guest", [line]) for line in read(folder / "records").splitlines()]
    return verdicts + records or [Verdict("guest", ["no case was begun"])]
