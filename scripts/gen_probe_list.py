#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Writes the list of the places where Linux raises the counters of /proc/net/xfrm_stat, from kernel source trees.

Each SOURCE is a kernel's source directory or tarball (.tar, .tar.xz, .tar.gz, .tar.zst), one for each version:

    scripts/fetch_sources && scripts/gen_probe_list.py build/sources/linux-source-*.tar.xz

Writes bpf/counters.h, user/model/counters.inc, user/model/probe_list.inc and scripts/freed_packets.txt: all, or none if
anything is wrong. The last one says where IPsec's sources free packets, and which of these places are watched as losses
(user/model/loss_list.inc) or by a counter; losses of that list that no version has any more are named.
"""

import argparse
import pathlib
import sys

sys.dont_write_bytecode = True
from probe_list import ProbeListError  # noqa: E402  pylint: disable=wrong-import-position
from probe_list.freed import listed_losses  # noqa: E402  pylint: disable=wrong-import-position
from probe_list.increments import ANY  # noqa: E402  pylint: disable=wrong-import-position
from probe_list.merge import in_order, read_kernel  # noqa: E402  pylint: disable=wrong-import-position
from probe_list.output import render, replace_all  # noqa: E402  pylint: disable=wrong-import-position


def report(kernel):
    """Says what was found, and what a row of the list cannot say."""
    increments = list(dict.fromkeys(increment for increment, _ in kernel.places))
    functions = {(increment.file, increment.function) for increment in increments}
    print(f"{kernel.version}: {len(increments)} increments in {len(functions)} functions", file=sys.stderr)
    for increment in increments:
        place = f"  {increment.file}:{increment.line}: {increment.function}"
        if len(increment.constants) > 1 or ANY in increment.constants:
            print(f"{place} raises one of {', '.join(increment.constants)}", file=sys.stderr)
        if increment.amount:
            print(f"{place} adds {increment.amount}", file=sys.stderr)
    raised = {probe.counter for _, probe in kernel.places}
    idle = [counter.name for counter in kernel.counters if counter.name not in raised]
    if idle:
        print(f"  never raised: {' '.join(idle)}", file=sys.stderr)


def read_losses():
    """The rows of the list of losses, which people write."""
    path = pathlib.Path(__file__).resolve().parents[1] / "user/model/loss_list.inc"
    try:
        return listed_losses(path.read_text())
    except OSError as error:
        raise ProbeListError(f"cannot read {path}: {error.strerror}") from error


def report_losses(kernels, losses):
    """Says which listed losses no source has."""
    freeing = {(place.file, place.function) for kernel in kernels for place in kernel.freed}
    for loss in sorted(set().union(*(kernel.losses for kernel in kernels)) - freeing):
        if losses[loss] == "call":
            print(f"{loss[0]}: {loss[1]} frees no packet in any of these", file=sys.stderr)


def main(arguments):
    """Runs the program and gives its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output-dir", metavar="DIR", default=pathlib.Path(__file__).resolve().parents[1],
                        help="the folder that holds bpf/ and user/ (default: the repository)")
    parser.add_argument("sources", metavar="SOURCE", nargs="+")
    options = parser.parse_args(arguments)
    try:
        losses = read_losses()
        kernels = in_order([read_kernel(source, losses) for source in options.sources])
        replace_all(options.output_dir, render(kernels, losses))
    except ProbeListError as error:
        print(f"gen_probe_list.py: {error}", file=sys.stderr)
        return 1
    for kernel in kernels:
        report(kernel)
    report_losses(kernels, losses)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
