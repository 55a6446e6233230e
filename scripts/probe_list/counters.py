# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads a kernel tree's version and the names and indexes of its xfrm counters."""

import re
from typing import NamedTuple

from . import ProbeListError
from .c_source import blank
from .tree import SNMP_H, XFRM_PROC_C


class Counter(NamedTuple):
    """A row of /proc/net/xfrm_stat."""
    name: str      # XfrmInError
    constant: str  # LINUX_MIB_XFRMINERROR
    index: int     # into struct linux_xfrm_mib


def release(files):
    """The kernel's release from its Makefile, such as (6, 12, 95)."""
    text = files.get("Makefile", "")
    found = [re.search(rf"^{key}\s*=\s*(\d+)\s*$", text, re.M) for key in ("VERSION", "PATCHLEVEL", "SUBLEVEL")]
    if not found[0] or not found[1]:
        raise ProbeListError("the Makefile tells no kernel version")
    return tuple(int(match.group(1)) for match in found if match)


def counters(files):
    """The counters in the order of /proc/net/xfrm_stat."""
    if XFRM_PROC_C not in files:
        raise ProbeListError(f"there is no {XFRM_PROC_C}")
    indexes = _indexes(blank(files[SNMP_H])[0])
    rows = _rows(files[XFRM_PROC_C])
    if not rows:
        raise ProbeListError(f"{XFRM_PROC_C} names no counter")
    for name, constant in rows:
        if constant not in indexes:
            raise ProbeListError(f"{SNMP_H} has no {constant}, which {XFRM_PROC_C} shows as {name}")
    return [Counter(name, constant, indexes[constant]) for name, constant in rows]


def _rows(text):
    """The [(name, constant)] of the SNMP_MIB_ITEM rows; blanking has taken the names from the code, not the commas."""
    items = re.finditer(r"\bSNMP_MIB_ITEM\(\s*,\s*(\w+)\s*\)", blank(text)[0])
    return [(re.search(r'"(\w+)"', text[item.start():]).group(1), item.group(1)) for item in items]


def _indexes(code):
    """{constant: value} of the enum that holds LINUX_MIB_XFRMNUM."""
    for body in re.findall(r"\benum\b[^{;]*\{([^}]*)\}", code):
        if re.search(r"\bLINUX_MIB_XFRMNUM\b", body):
            return _values(body)
    raise ProbeListError(f"{SNMP_H} has no enum with LINUX_MIB_XFRMNUM")


def _values(body):
    values, following = {}, 0
    for entry in filter(None, (part.strip() for part in body.split(","))):
        match = re.fullmatch(r"(\w+)(?:\s*=\s*(0[xX][0-9a-fA-F]+|\d+))?", entry)
        if not match:
            raise ProbeListError(f"{SNMP_H} has an enum entry that is not understood: {entry}")
        values[match.group(1)] = int(match.group(2), 0) if match.group(2) else following
        following = values[match.group(1)] + 1
    return values
