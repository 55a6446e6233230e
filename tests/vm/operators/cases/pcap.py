# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""--pcap."""

import datetime

import lines
from guests import read

from .. import pcapng
from ..common import equal, output_of

KEYS = ("0123456789abcdef0123456789abcdef", "76543210fedcba9876543210fedcba98")


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


TOOLS = {"tshark": judge_tshark}
