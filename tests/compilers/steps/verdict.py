# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Compares what xfrm-snap finds in an image with the truth."""

import json
import subprocess
from typing import NamedTuple

from . import truth
from .truth import MERGED


LOST = "no packet"


class Verdict(NamedTuple):
    """What became of one image."""
    found: int
    true: int
    merged: int           # found where the compiler made one instruction of several lines
    without: int          # places where the source has no packet, and none was found
    lost: int             # those where it has one, and none was found
    faults: list          # sentences

    def text(self):
        """In one line."""
        return f"{self.found} of {self.true} found, {self.merged} merged, {self.without} without packet in the source, " \
            f"{self.lost} with a packet that is not found"


def probes(program, image):
    """The lines that the program prints, and what it complains of."""
    done = subprocess.run([program, "probes", "--json", "--image", image], capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if line]
    if done.returncode and not complaints:
        complaints = [f"it ended with {done.returncode}"]
    return [json.loads(line) for line in done.stdout.splitlines()], complaints


def knows_packet(site):
    """Whether packet or flow are known at a site, in some way."""
    operands = site["operands"]
    return bool(operands["skb"] or operands["flow"] or site["callers"] or site["marked"])


def judge(places, lines, complaints):
    """Compares the truth with the lines of `probes --json`."""
    faults = [f"it complains: {text}" for text in complaints]
    sites = {(line["function"], line["offset"]): line for line in lines if line["type"] in ("site", "unlisted")}
    found = merged = without = lost = 0
    for place in places:
        site = sites.pop((place.function, place.offset), None)
        name = f"{place.function}+{place.offset:#x}"
        if place.counters == MERGED:
            merged += site is not None
            continue
        if site is None:
            faults.append(f"missing: {name} {place.counters}, {place.source}")
            continue
        found += 1
        if place.counters != "*" and site["counter"] not in place.counters.split("|"):
            faults.append(f"wrong counter: {name} {site['counter']}, in the source {place.counters}, {place.source}")
        if not knows_packet(site):
            without += not place.packet
            lost += place.packet
            if place.packet:
                faults.append(f"{LOST}: {name} {place.counters}, {place.source}")
    faults += [f"invented: {function}+{offset:#x} {site['counter']}" for (function, offset), site in sites.items()]
    true = sum(place.counters != MERGED for place in places)
    return Verdict(found, true, merged, without, lost, faults)


def report(name, program, folder):
    """Judges one image, prints a line and one for each fault, and says whether all is right. Where the folder has `expected`,
    the line must be as there, and packets that are known to be lost are no faults."""
    places = truth.read(folder / f"{name}.truth")
    made = judge(places, *probes(program, folder / f"{name}.json.gz"))
    expected, faults = folder / "expected", made.faults
    if expected.exists():
        told = dict(line.split(": ", 1) for line in expected.read_text().splitlines())
        as_told = told.get(name) == made.text()
        faults = [fault for fault in made.faults if not as_told or not fault.startswith(LOST)]
        if not as_told:
            faults.append(f"expected {told.get(name)}")
    print("\n".join([f"{'FAIL' if faults else 'ok'} {name}: {made.text()}", *(f"  {fault}" for fault in faults)]), flush=True)
    return not faults
