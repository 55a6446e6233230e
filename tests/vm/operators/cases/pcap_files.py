# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Where packets of --pcap go, and what is left of them."""

import lines
from guests import read

from ..common import equal, output_of
from .pcap import pcap_of, same_as_lines


def judge_pcap_files(folder):
    """To stdout; killed or on a full disk, what is there is whole."""
    errors, _, problems = output_of(folder, "stdout")
    found, wrong = pcap_of(folder, "stdout")
    problems += wrong + same_as_lines(found.packets, errors) + equal("to stdout", len(errors), 3)
    found, wrong = pcap_of(folder, "killed")
    problems += wrong + equal("packets of the killed run", len(found.packets), 3)
    problems += equal("limited: pins", read(folder / "limited.pins"), "")
    return problems + judge_full(folder, "full", "No space left on device") + judge_full(folder, "limited", "File too large")


def judge_full(folder, name, why):
    """The file could not grow any more: exit code 1, a sentence, all lines, a readable file."""
    errors, summary, problems = output_of(folder, name, "1")
    found, wrong = pcap_of(folder, name)
    problems += wrong + lines.incomplete(name, summary) + equal(f"{name}: lines", sum(one["n"] for one in errors), 60)
    if not 0 < len(found.packets) < 60:
        problems.append(f"{name}: {len(found.packets)} of 60 packets")
    said = f"{why}; {len(found.packets)} packets are in it\n"
    return problems + ([] if said in read(folder / f"{name}.err") else [f"{name}: it said {read(folder / (name + '.err'))}"])
