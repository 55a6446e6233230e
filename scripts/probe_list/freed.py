# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Finds where the sources of IPsec free packets: each place is a possible loss, and a new kernel may have more of them."""

import re
from collections import Counter as Tally
from typing import NamedTuple

from .increments import parse

FREEING = r"\b(_*(?:dev_)?kfree_skb\w*|sk_skb_reason_drop|_*skb_queue_purge\w*)\s*\("
_OWN = re.compile(r"net/(?:xfrm/\w+|ipv[46]/(?:esp|ah|ipcomp|xfrm|ip_vti|ip6_vti)\w*)\.c")
_LOSS = re.compile(r'^LOSS\("(.+?)", "(\w+)", (\w+),', re.M)


class Freed(NamedTuple):
    """A function that frees packets by one call or several of that name."""
    file: str
    function: str
    call: str


def listed_losses(text):
    """{(file, function): hook} of the rows in user/model/loss_list.inc."""
    return {(file, function): hook for file, function, hook in _LOSS.findall(text)}


def freed(files, losses):
    """{Freed: how often} in IPsec's own files, and in those functions of other files that a row of losses names."""
    found = Tally()
    others = {file for file, _ in losses}
    for path, text in sorted(files.items()):
        if not (_OWN.fullmatch(path) or path in others):
            continue
        source = parse(path, text)
        for match in re.finditer(FREEING, source.code):
            function = next((f.name for f in source.functions if f.start < match.start() < f.end), None)
            if function and (_OWN.fullmatch(path) or (path, function) in losses):
                found[Freed(path, function, match.group(1))] += 1
    return found


def rows(kernels, losses):
    """Lines "FILE FUNCTION CALL WATCHED VERSION:NUMBER...", sorted. WATCHED: "loss", "counter" or "-"."""
    counted = {(probe.file, probe.function) for kernel in kernels for _, probe in kernel.places}
    versions = {}
    for kernel in kernels:
        for place, number in kernel.freed.items():
            versions.setdefault(place, []).append(f"{kernel.version}:{number}")
    return [" ".join((*place, _watched(place, losses, counted), *seen)) for place, seen in sorted(versions.items())]


def _watched(place, losses, counted):
    key = place.file, place.function
    return "loss" if key in losses else "counter" if key in counted else "-"
