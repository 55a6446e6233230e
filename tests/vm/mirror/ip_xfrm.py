# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads what `ip xfrm state`, `ip xfrm policy` and xfrm-snap in the same words print, with or without -s, and tells in
which fields two such lists differ. Keys are left out.

    problems = compare(parse_states(of_ip), parse_states(of_xfrm_snap), unknown_to(ip_version))

An object is a dict of fields: numbers are int, flags a sorted list, a field that was not printed is not there. Parts
have a dot in their names: sel.dport, replay.seq, esn.bitmap, encap.type, offload.dev, tmpl.0.reqid, stats.replay.
"""

import re
import socket
import threading
from collections import defaultdict

# What iproute2 prints since which of its versions.
SINCE = {"offload.mode": (6, 2), "dir": (6, 11), "pcpu-num": (6, 19)}

# Of a used state, time goes on between two lists of it.
MOVING = frozenset({"lastused", "replay.seq", "replay.oseq", "replay.bitmap", "esn.seq-hi", "esn.seq", "esn.oseq-hi",
                    "esn.oseq", "esn.bitmap", "bytes", "packets", "use"})

ONE_AT_A_TIME = threading.Lock()  # getprotobyname(3) has one answer for all threads, and kernels are judged two at a time
IDENTITY = {"state": ("src", "dst", "proto", "spi", "mark", "if_id"),
            "policy": ("dir", "socket", "sel.src", "sel.dst", "sel.proto", "mark", "if_id", "priority", "ptype")}

MODES = {"5": "iptfs"}  # known to the kernel before it was known to iproute2


class CannotRead(ValueError):
    """A line that neither iproute2 nor xfrm-snap is known to print."""


def number(word):
    """"0x00000055(85)", "1(0x00000001)", "7" as an int; any other word as it is."""
    plain = re.sub(r"\(.*\)$", "", word)
    return int(plain, 0) if re.fullmatch(r"0x[0-9a-f]+|\d+", plain) else word


def protocol(word):
    """The number of a selector's protocol: a machine without /etc/protocols prints numbers."""
    try:
        with ONE_AT_A_TIME:
            return int(word) if word.isdigit() else socket.getprotobyname(word)
    except OSError:
        return word


def seconds(word):
    """A limit in bytes, packets or seconds: "9(sec)", "(INF)(bytes)"."""
    return number(word.removesuffix(",").rsplit("(", 1)[0])


def pairs(words, prefix="", convert=number):
    """Fields of words that go name, value, name, value."""
    if len(words) % 2:
        raise CannotRead(" ".join(words))
    return {prefix + name: convert(value) for name, value in zip(words[::2], words[1::2])}


def mark(word):
    """"0xd00/0" as "0xd00/0x0"."""
    return "/".join(f"{int(part, 16):#x}" for part in word.split("/"))


def selector(words):
    """Fields of a selector; "uid", which -s prints, too."""
    fields = pairs(words, "sel.", str)
    for name in fields:
        fields[name] = protocol(fields[name]) if name == "sel.proto" else number(fields[name])
    return fields


def identity(words):
    """Fields of the line with protocol, SPI, reqid and mode, of a state or a template."""
    fields = pairs(words)
    fields["mode"] = MODES.get(str(fields["mode"]), fields["mode"])
    return fields


def replay_window(words):
    """Fields of the line with the replay window and the flags; either may be missing."""
    text = " ".join(words)
    fields = {}
    found = re.fullmatch(r"(?:replay-window (\d+) ?)?(?:seq 0x(\d+) ?)?(?:flag ?([a-z0-9 -]*?))? ?"
                         r"(?:extra_flag ([a-z0-9 -]*?))? ?(?:\(0x[01]{8}\))?", text)
    if not found:
        raise CannotRead(text)
    for name, value in zip(("replay-window", "seq"), found.groups()):
        if value is not None:
            fields[name] = int(value)
    for name, value in zip(("flags", "extra-flags"), found.groups()[2:]):
        if value:
            fields[name] = sorted(value.split())
    return fields


def algorithm(words):
    """Name and ICV bits; the key, or what stands for it, and its size are left out."""
    text = re.sub(r" (0x[0-9a-f]*|<<Keys hidden>>)", "", " ".join(words[1:]))
    text = re.sub(r" \(\d+ bits\)", "", text)
    name, *icv = text.split()
    return {words[0]: [name, *map(int, icv)]}


def limits(words):
    """Fields of "limit: soft 1(bytes), hard (INF)(bytes)" and of "expire add: soft 0(sec), hard 0(sec)"."""
    unit = words[1].rstrip(":") if words[0] == "expire" else re.search(r"\((\w+)\),?$", words[2])[1]
    soft, hard = words[-3], words[-1]
    return {f"soft.{unit}": seconds(soft), f"hard.{unit}": seconds(hard)}


def moments(words):
    """Fields of "add 2026-11-23 09:19:53 use -"."""
    at = words.index("use")
    return {"add": " ".join(words[1:at]), "use": " ".join(words[at + 1:])}


def used(words):
    """Fields of "128(bytes), 2(packets)"."""
    return {"bytes": seconds(words[0]), "packets": seconds(words[1])}


def policy_head(words):
    """Fields of "dir out action block index 17 priority 17 ptype main share any flag localok (0x00000001)"."""
    text = " ".join(words)
    found = re.fullmatch(r"(.*?)(?: flag ?([a-z0-9 -]*?))? ?(?:\(0x[01]{8}\))?", text)
    fields = {"action": "allow", "ptype": "main", **pairs(found[1].split())}
    if found[2]:
        fields["flags"] = sorted(found[2].split())
    return fields


def values(prefix="", skip=0, convert=number):
    """A reader of a line that goes name, value after some words."""
    return lambda words: pairs([word.rstrip(",") for word in words[skip:]], prefix, convert)


def nothing(_words):
    """A reader of a line without a field, or whose fields are not mirrored."""
    return {}


# How a line starts, and what reads its words; the first that fits.
LINES = (
    ("proto ", identity),
    ("replay-window ", replay_window), ("seq 0x", replay_window),
    ("flag ", replay_window), ("extra_flag ", replay_window),
    ("mark ", values(convert=mark)), ("output-mark ", values(convert=mark)),
    ("aead ", algorithm), ("enc ", algorithm), ("auth-trunc ", algorithm), ("auth ", algorithm), ("comp ", algorithm),
    ("encap ", values("encap.", 1)),
    ("coa ", values()), ("if_id ", values()), ("tfcpad ", values()), ("pcpu-num ", values()),
    ("lastused ", lambda words: {"lastused": " ".join(words[1:])}),
    ("anti-replay context: ", values("replay.", 2)),
    ("crypto offload parameters: ", values("offload.", 3)),
    ("sel ", lambda words: selector(words[1:])),
    ("limit: ", limits), ("expire ", limits), ("add ", moments),
    ("lifetime config:", nothing), ("lifetime current:", nothing), ("stats:", nothing), ("security context ", nothing),
    ("deleted", nothing),
)


def read_line(line):
    """Fields of one line of an object."""
    for start, reader in LINES:
        if (line + " ").startswith(start):
            return reader(line.split())
    if re.match(r"\d+\(bytes\)", line):
        return used(line.split())
    raise CannotRead(line)


def esn(lines):
    """Fields of the lines below "anti-replay esn context:"; takes them off the list."""
    fields = {}
    bitmap = []
    while lines and lines[0].startswith("\t "):
        words = lines.pop(0).replace(",", "").split()
        if re.fullmatch("[0-9a-f]{8}", words[0]):
            bitmap += [int(word, 16) for word in words]
        else:
            fields.update(pairs(words, "esn."))
    return {**fields, "esn.bitmap": bitmap}


def blocks(text):
    """Lines of each object."""
    out = []
    for line in text.replace("extra_flag", " extra_flag").splitlines():
        if line.startswith("src "):
            out.append([line])
        elif out and line.startswith("\t"):
            out[-1].append(line)
        elif line.strip():
            raise CannotRead(line)
    return out


def parse_state(lines):
    """The dict of a state."""
    fields = pairs(lines[0].split())
    rest = lines[1:]
    while rest:
        line = rest.pop(0).strip()
        if line == "anti-replay esn context:":
            fields.update(esn(rest))
        elif line == "stats:":
            fields.update(pairs(rest.pop(0).split() if rest else [], "stats."))
        elif line.startswith("dir "):
            fields["dir"] = line.split()[1]
        else:
            fields.update(read_line(line))
    return fields


def template(lines):
    """Fields of a template, whose first line starts with "tmpl"; takes its other lines off the list."""
    fields = pairs(lines.pop(0).split()[1:])
    fields["level"] = "required"
    while lines and lines[0].startswith("\t\t"):
        line = lines.pop(0).strip()
        fields.update(identity(line.split()) if line.startswith("proto ") else pairs(line.split(), "", str))
    return fields


def parse_policy(lines):
    """The dict of a policy."""
    fields = selector(lines[0].split())
    rest = lines[1:]
    templates = 0
    while rest:
        if rest[0].startswith("\ttmpl "):
            fields.update({f"tmpl.{templates}.{name}": value for name, value in template(rest).items()})
            templates += 1
            continue
        line = rest.pop(0).strip()
        fields.update(policy_head(line.split()) if line.startswith(("dir ", "socket ")) else read_line(line))
    fields.pop("offload.dir", None)  # older versions of iproute2 print one that a policy does not have
    return fields


def parse_states(text):
    """The states of a list, in its order."""
    return [parse_state(lines) for lines in blocks(text)]


def parse_policies(text):
    """The policies of a list, in its order."""
    return [parse_policy(lines) for lines in blocks(text)]


def unknown_to(ip_version):
    """Fields that this iproute2 (what `ip -V` says) does not print yet."""
    found = re.search(r"iproute2-(\d+)\.(\d+)", ip_version)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    return frozenset(name for name, since in SINCE.items() if version < since)


def name_of(fields):
    """What tells an object from others of its list."""
    kind = "policy" if "ptype" in fields else "state"
    return " ".join(f"{name} {fields[name]}" for name in IDENTITY[kind] if name in fields)


def by_name(objects):
    """Objects in lists by their name: some share one."""
    out = defaultdict(list)
    for fields in objects:
        out[name_of(fields)].append(fields)
    return out


def shown(fields, name):
    """A field's value for people."""
    return repr(fields[name]) if name in fields else "nothing"


def differences(theirs, ours, ignore=frozenset()):
    """One line for each field in which two objects differ."""
    return [f"{name_of(theirs)}: {name} is {shown(theirs, name)} in ip, {shown(ours, name)} in xfrm-snap"
            for name in sorted(theirs.keys() | ours.keys())
            if name not in ignore and (name in theirs, theirs.get(name)) != (name in ours, ours.get(name))]


def closest(fields, candidates, ignore):
    """The index of the candidate that differs in the fewest fields."""
    return min(range(len(candidates)), key=lambda at: len(differences(fields, candidates[at], ignore)))


def compare(theirs, ours, ignore=frozenset()):
    """What is different in two lists, whatever their order: a line for each field, or for an object that only one has.
    Fields in `ignore` are not looked at."""
    problems = []
    rest = by_name(ours)
    for name, objects in by_name(theirs).items():
        for fields in objects:
            if rest[name]:
                problems += differences(fields, rest[name].pop(closest(fields, rest[name], ignore)), ignore)
            else:
                problems.append(f"{name}: only in ip")
    problems += [f"{name}: only in xfrm-snap" for name, objects in rest.items() for _ in objects]
    return problems
