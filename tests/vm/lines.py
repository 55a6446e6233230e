# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges single JSON lines of xfrm-snap: their form, and whether one is what a scenario expected."""

import json
import re

PACKET_FIELDS = ("src", "dst", "proto", "spi", "seq", "sport", "dport", "mark", "len", "ifindex", "ifname")
ERROR_FIELDS = ("v", "type", "ts", "mono_ns", "counter", "n", "site", "netns", "packet", "process", "match", "differs",
                "state", "deleted", "policy", "tc", "tc_change", "cause", "why", "advice")
WITH_SPI = ("esp", "ah", "comp")
WITH_PORTS = ("udp", "tcp", "sctp", "dccp", "udplite")
NOT_OF_LINE = ("netns", "counter", "loss", "n")
NOT_BUILT = ()
FEW_LINES = 25  # each probe is an int3, where the kernel does not wait for its turn at the ring buffer


def parse(text):
    """The JSON objects of a run's output, and what is wrong with lines that are none."""
    found, problems = [], []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            one = json.loads(line)
        except ValueError:
            problems.append(f"line {number} is no JSON: {line[:120]}")
            continue
        if not isinstance(one, dict) or one.get("v") != 1:
            problems.append(f"line {number} is no object with v=1: {line[:120]}")
        else:
            found.append(one)
    return found, problems


def lost_to_turns(summary):
    """How many lines were lost, if they are few and nothing else is: QEMU stops an emulated processor for 100 ms when it is
    the other's turn, and while it holds the ring buffer the other's probes find no way in. They are in the counts."""
    lost = dict(summary.get("lost") or {})
    number = lost.pop("ring", 0)
    return number if number <= FEW_LINES and not any(lost.values()) else 0


def incomplete(name, summary, turns=False):
    """Problems if the summary of a run is not complete. With `turns`, for errors on several processors at once, a few lines
    may be lost, if the summary says so and nothing else."""
    lost = summary.get("lost") or {"lost": None}
    if turns and lost_to_turns(summary):
        good = summary.get("complete") is False and not summary.get("problems")
    else:
        good = summary.get("complete") is True and all(number == 0 for number in lost.values())
    return [] if good else [f"{name}: complete is {summary.get('complete')}, lost {lost}, {summary.get('problems')}"]


def field(value, path):
    """The value at a dotted path such as state.spi or tc.0.ifname; None if there is none."""
    for key in path.split("."):
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, dict):
            value = value.get(key)
        else:
            return None
    return value


def as_text(value):
    """The value as a scenario writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(as_text, value))
    return str(value)


def fits(value, wanted):
    """Whether a value is as a scenario wrote it: a text, several with ~ between them, a range LOW..HIGH, or *TEXT*TEXT for
    whatever holds these texts, in which _ stands for a blank."""
    if wanted.startswith("*"):
        whole = as_text(value).replace("_", " ")
        return all(part.replace("_", " ") in whole for part in wanted[1:].split("*"))
    low, dots, high = wanted.partition("..")
    if dots and low.isdigit() and high.isdigit():
        return isinstance(value, int) and int(low) <= value <= int(high)
    return as_text(value) in wanted.split("~")


def differences(error, expected):
    """What of an error line is not as expected, as texts; only the fields that the scenario names count."""
    found = []
    for key, wanted in expected.items():
        if key in NOT_OF_LINE or key.split(".")[0] in NOT_BUILT:
            continue
        got = field(error, "packet." + key if key in PACKET_FIELDS else key)
        if not fits(got, wanted):
            found.append(f"{key} is {as_text(got)}, expected {wanted}")
    return found


def null_rules(packet):
    """Fields that a packet of this protocol cannot have, but that are not null."""
    proto = packet.get("proto")
    wrong = []
    if proto not in WITH_SPI:
        wrong += [key for key in ("spi", "seq") if packet.get(key) is not None]
    if proto == "comp" and packet.get("seq") is not None:
        wrong.append("seq")
    if proto is not None and proto not in WITH_PORTS and packet.get("encap") is None:
        wrong += [key for key in ("sport", "dport") if packet.get(key) is not None]
    return [f"packet.{key} is {as_text(packet[key])}, but {proto} has none: it should be null" for key in wrong]


def is_hex(value, digits):
    """Whether value is text like 0x0000001a."""
    return isinstance(value, str) and re.fullmatch("0x[0-9a-f]{%s}" % digits, value) is not None


def form_of_packet(packet):
    """What is wrong with the form of a packet's fields."""
    wrong = [f"packet.{key} is missing" for key in PACKET_FIELDS if key not in packet]
    if packet.get("spi") is not None and not is_hex(packet["spi"], "8"):
        wrong.append(f"packet.spi is {packet['spi']!r}, not like \"0x00000099\"")
    if packet.get("mark") is not None and not is_hex(packet["mark"], "1,8"):
        wrong.append(f"packet.mark is {packet['mark']!r}, not like \"0xd00\"")
    for key in ("seq", "sport", "dport", "len", "ifindex"):
        if packet.get(key) is not None and not isinstance(packet[key], int):
            wrong.append(f"packet.{key} is {packet[key]!r}, not a number")
    return wrong + null_rules(packet)


def is_told(one):
    """Whether a line is of an error or a loss."""
    return one.get("type") in ("error", "loss")


def form_of_loss(loss):
    """What of a loss line is not as it differs from an error line."""
    wrong = [] if "counter" in loss and loss["counter"] is None else [f"counter of a loss is {loss.get('counter')!r}"]
    packets = loss.get("packets")
    if "packets" not in loss or not (packets is None or isinstance(packets, int) and packets >= 1):
        wrong.append(f"packets of a loss is {packets!r}, not null or a number from 1")
    return wrong


def form_of_error(error):
    """What is wrong with the form of the line of an error, or a loss."""
    wrong = form_of_loss(error) if error.get("type") == "loss" else []
    wrong += [f"{key} is missing" for key in ERROR_FIELDS if key not in error]
    if not isinstance(error.get("n"), int) or error["n"] < 1:
        wrong.append(f"n is {error.get('n')!r}, not a number from 1")
    for path in ("site.function", "netns.inum", "netns.name"):
        if field(error, path) is None:
            wrong.append(f"{path} is null or missing")
    if error.get("packet") is not None:
        wrong += form_of_packet(error["packet"])
    wrong += [f"{key} is {error.get(key)!r}, not a text" for key in ("cause", "why", "advice")
              if not (isinstance(error.get(key), str) and error[key])]
    if error.get("process") is not None and not {"pid", "comm"} <= set(error["process"]):
        wrong.append(f"process is {error['process']!r}, without pid and comm")
    return wrong
