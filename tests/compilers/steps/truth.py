# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Where a linked kernel counts errors, by its debug information alone: each instruction that changes a CPU's own memory and
that the compiler says comes from a line with XFRM_INC_STATS or XFRM_ADD_STATS, in the function or one inlined there."""

import bisect
import pathlib
import re
import subprocess
import sys
from typing import NamedTuple

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
from probe_list.increments import increments, parse  # noqa: E402  pylint: disable=wrong-import-position

_CHANGES = re.compile(r"^\s*([0-9a-f]+):\s+(?:[0-9a-f]{2} )+\s*(?:incq|addq|inc|add)\s+(?:[^,]*,\s*)?%gs:")
_FRAME = re.compile(r"^(.*):(\d+|\?)(?: \(discriminator \d+\))?$")
_NAME = re.compile(r'SNMP_MIB_ITEM\("(\w+)",\s*LINUX_MIB_(\w+)\)')
MERGED = "merged"  # in place of the counters: the compiler made one instruction of several lines' and says 0


class Place(NamedTuple):
    """One instruction."""
    function: str   # the symbol
    offset: int
    counters: str   # what the source says: XfrmInError, or several with | between them, or MERGED
    source: str     # FILE:LINE FUNCTION
    packet: bool    # a packet or a flow is in scope there, in that function or in one that it was inlined into


class Source:
    """The kernel's tree."""

    def __init__(self, tree):
        self.tree, self.files = tree, {}
        proc = tree / "net/xfrm/xfrm_proc.c"
        self.names = {constant: name for name, constant in _NAME.findall(proc.read_text() if proc.exists() else "")}

    def _file(self, path):
        if path not in self.files:
            text = (self.tree / path).read_text(errors="replace") if (self.tree / path).is_file() else ""
            counting = increments(parse(path, text)) if "_STATS" in text and path.endswith(".c") else []
            self.files[path] = (text.splitlines(), counting)
        return self.files[path]

    def increment(self, path, line):
        """The increment in this line, or in a statement that reaches to it; None: there is none."""
        lines, counting = self._file(path)
        before = [one for one in counting if one.line <= line]
        between = "".join(lines[before[-1].line - 1:line - 1]) if before else ";"
        return None if ";" in between else before[-1]

    def counters(self, made):
        """The names of the counters that an increment may raise."""
        constants = [constant.removeprefix("LINUX_MIB_") for constant in made.constants]
        return "|".join(self.names.get(constant, constant) for constant in constants)

    def has_packet(self, path, line):
        """Whether the function around the line has named a packet or a flow before it."""
        lines = self._file(path)[0]
        start = next((at for at in range(min(line, len(lines)) - 1, -1, -1) if lines[at].startswith("{")), None)
        if start is None:
            return False
        head = start
        while head > 0 and lines[head - 1].strip() not in ("", "}", "*/"):
            head -= 1
        return any(re.search(r"struct (sk_buff|flowi) ", text) for text in lines[head:line])


def changes(linked):
    """The addresses of all instructions that raise a number in a CPU's own memory."""
    text = subprocess.run(["objdump", "-d", linked], check=True, capture_output=True, text=True).stdout
    return [match[1] for line in text.splitlines() if (match := _CHANGES.match(line))]


def frames(linked, tree, addresses):
    """For each address the places in the source, innermost first: (function, path in the tree, line)."""
    text = subprocess.run(["addr2line", "-a", "-i", "-f", "-e", linked, *addresses], check=True, capture_output=True,
                          text=True).stdout
    out, function = [], None
    for line in text.splitlines():
        if re.match(r"0x[0-9a-f]{8,}$", line):
            out.append([])
        elif function is None:
            function = line
        else:
            path, number = _FRAME.match(line).groups()
            path = str(pathlib.Path(path)).removeprefix(f"{tree}/")
            out[-1].append((function, path, 0 if number == "?" else int(number)))
            function = None
    return out


def symbols(linked):
    """The functions of the text, by address."""
    text = subprocess.run(["nm", "-n", linked], check=True, capture_output=True, text=True).stdout
    rows = [line.split() for line in text.splitlines()]
    return [(int(row[0], 16), row[2]) for row in rows if len(row) == 3 and row[1] in "tTwW" and not row[2].startswith("__pfx_")]


def place(source, chain, function, offset):
    """What is known of one instruction; None: it is none of ours."""
    for at, (name, path, line) in enumerate(chain):
        made = source.increment(path, line)
        if not made:
            continue
        packet = any(source.has_packet(*frame[1:]) for frame in chain[at:])
        return Place(function, offset, source.counters(made), f"{path}:{made.line} {name}", packet)
    if any(line == 0 for _, _, line in chain):
        return Place(function, offset, MERGED, "", True)
    return None


def truth(linked, tree):
    """All places, by address."""
    source, starts = Source(tree), symbols(linked)
    addresses = changes(linked)
    out = []
    for address, chain in zip(addresses, frames(linked, tree, addresses)):
        start, function = starts[bisect.bisect([one[0] for one in starts], int(address, 16)) - 1]
        made = place(source, chain, function, int(address, 16) - start)
        if made:
            out.append(made)
    return out


def write(places, path):
    """One line for each place."""
    path.write_text("".join(f"{one.function}\t{one.offset:#x}\t{one.counters}\t{'packet' if one.packet else '-'}\t{one.source}\n"
                            for one in places))


def read(path):
    """Those that write wrote."""
    rows = [line.split("\t") for line in path.read_text().splitlines()]
    return [Place(row[0], int(row[1], 16), row[2], row[4], row[3] == "packet") for row in rows]
