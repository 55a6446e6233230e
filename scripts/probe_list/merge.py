# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads each kernel tree and lays the trees side by side."""

import re
from collections import Counter as Tally
from typing import NamedTuple

from . import COUNTING, ProbeListError
from .counters import counters, release
from .freed import freed
from .increments import ANY, increments, inlined_into, parse
from .kbuild import Kbuild
from .tree import read_tree


class Probe(NamedTuple):
    """A function that raises a counter."""
    file: str
    function: str
    counter: str   # "*" if it is chosen at run time
    options: str   # CONFIG_ options that must all be set, separated by spaces
    module: str    # "" if always built in


class Kernel(NamedTuple):
    """What one tree says."""
    release: tuple  # (6, 12, 95)
    counters: list
    places: list    # [(Increment, Probe)], one for each counter that an increment may raise
    inlined: set    # {(file, function, caller)}
    freed: dict     # {Freed: how often}
    losses: set     # {(file, function)} of the listed losses whose file it has

    @property
    def version(self):
        """Such as 6.12."""
        return "{}.{}".format(*self.release)


def read_kernel(source, losses):
    """What the tree at a path says. losses: see freed.listed_losses."""
    files = read_tree(source)
    try:
        return _kernel(files, losses)
    except ProbeListError as error:
        raise ProbeListError(f"{source}: {error}") from error


def _kernel(files, losses):
    named = counters(files)
    parsed = {path: parse(path, text) for path, text in sorted(files.items())
              if path.endswith((".c", ".h")) and re.search(COUNTING, text)}
    found = [increment for source in parsed.values() for increment in increments(source)]
    if not found:
        raise ProbeListError("it has no XFRM_INC_STATS")
    names = {counter.constant: counter.name for counter in named}
    kbuild = Kbuild(files)
    places = [(increment, _probe(increment, constant, names, kbuild))
              for increment in found for constant in increment.constants]
    return Kernel(release(files), named, places, _inlined(found, parsed, files), freed(files, losses),
                  {loss for loss in losses if loss[0] in files})


def _probe(increment, constant, names, kbuild):
    if constant != ANY and constant not in names:
        raise ProbeListError(f"{increment.file}:{increment.line}: {constant} is not in /proc/net/xfrm_stat")
    options, module = kbuild.place(increment.file)
    options = list(dict.fromkeys([*options, *increment.options]))
    return Probe(increment.file, increment.function, names.get(constant, ANY), " ".join(options), module or "")


def _inlined(found, parsed, files):
    rows = set()
    for file, name in sorted({(increment.file, increment.function) for increment in found}):
        if not any(function.static for function in parsed[file].functions if function.name == name):
            continue
        sources = [parsed[file]]
        if file.endswith(".h"):
            sources += [parse(path, text) for path, text in files.items() if path.endswith(".c") and name in text]
        rows.update((file, name, caller) for source in sources for caller in inlined_into(name, source))
    return rows


def in_order(kernels):
    """The kernels by version, once it is sure that they agree."""
    kernels = sorted(kernels, key=lambda kernel: kernel.release)
    for before, after in zip(kernels, kernels[1:]):
        if before.version == after.version:
            raise ProbeListError(f"two of the sources are of version {after.version}")
    _check_indexes(kernels)
    return kernels


def _check_indexes(kernels):
    """A counter keeps its index for ever: linux/snmp.h is part of the kernel's interface to user space."""
    seen = {}
    for kernel in kernels:
        for counter in kernel.counters:
            for key, value in ((counter.name, counter.index), (counter.index, counter.name)):
                other, version = seen.setdefault(key, (value, kernel.version))
                if other != value:
                    raise ProbeListError(f"{version} and {kernel.version} disagree: {key} is {other} and {value}")


def merged_counters(kernels):
    """[(index, name, versions)] in the order of the newest /proc/net/xfrm_stat, then what only older kernels have."""
    rows = {}
    for kernel in reversed(kernels):
        for counter in kernel.counters:
            rows.setdefault((counter.index, counter.name), []).insert(0, kernel.version)
    return [(index, name, versions) for (index, name), versions in rows.items()]


def merged_probes(kernels):
    """{Probe: ([(version, number of increments)], amounts added if not one)}."""
    rows = {}
    for kernel in kernels:
        for probe, number in Tally(probe for _, probe in kernel.places).items():
            amounts = {place.amount for place, other in kernel.places if other == probe and place.amount}
            versions, all_amounts = rows.setdefault(probe, ([], set()))
            versions.append((kernel.version, number))
            all_amounts |= amounts
    return rows
