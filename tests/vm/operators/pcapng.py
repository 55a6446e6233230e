# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads a pcapng file block by block, and asks tshark what it sees in it."""

import struct
import subprocess
from dataclasses import dataclass, field

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
COMMENT, NAME, RESOLUTION, FLAGS = 1, 2, 9, 2


@dataclass
class Packet:
    """One packet block."""
    interface: str
    ns: int
    bytes: bytes
    length: int
    inbound: bool
    comment: str


@dataclass
class File:
    """What a file holds; `rest` is the number of bytes behind its last whole block."""
    interfaces: list = field(default_factory=list)
    packets: list = field(default_factory=list)
    rest: int = 0


def options(body):
    """The options of a block, as {code: value}."""
    found = {}
    while len(body) >= 4:
        code, size = struct.unpack_from("<HH", body)
        if code == 0:
            break
        found[code] = body[4:4 + size]
        body = body[4 + (size + 3) // 4 * 4:]
    return found


def packet(body, interfaces):
    """The Packet in a block."""
    interface, high, low, size, length = struct.unpack_from("<IIIII", body)
    more = options(body[20 + (size + 3) // 4 * 4:])
    flags = struct.unpack("<I", more[FLAGS])[0]
    return Packet(interfaces[interface], high << 32 | low, body[20:20 + size], length, flags & 3 == 1,
                  more[COMMENT].decode())


def parse(data):
    """The File in these bytes; ValueError if a block is malformed."""
    found = File()
    while len(data) >= 12:
        kind, size = struct.unpack_from("<II", data)
        if size % 4 or size < 12:
            raise ValueError(f"a block of {size} bytes")
        if size > len(data):
            break
        if struct.unpack_from("<I", data, size - 4)[0] != size:
            raise ValueError("a block's two lengths differ")
        body, data = data[8:size - 4], data[size:]
        if kind == INTERFACE:
            more = options(body[8:])
            if struct.unpack_from("<H", body)[0] != 101 or more[RESOLUTION] != b"\x09":
                raise ValueError("an interface that is not raw IP with times in nanoseconds")
            found.interfaces.append(more[NAME].decode())
        elif kind == PACKET:
            found.packets.append(packet(body, found.interfaces))
        elif kind != SECTION:
            raise ValueError(f"a block of kind {kind}")
    found.rest = len(data)
    return found


FIELDS = ("frame.interface_name", "frame.time_epoch", "frame.len", "frame.cap_len", "ip.src", "ip.dst", "ip.proto",
          "esp.spi", "esp.sequence", "frame.comment")


def tshark(path):
    """What tshark sees of each packet: a list of {field: text}."""
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=\x1f"]
    for name in FIELDS:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [dict(zip(FIELDS, line.split("\x1f"))) for line in done.stdout.splitlines()]
