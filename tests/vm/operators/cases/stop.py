# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Told to stop, whatever the reader does."""

import lines
from guests import read

from ..common import equal

# Ways to end, and within how many milliseconds; of some, what they say.
ENDS = {"signal": 3000, "twice": 1500, "late": 3500, "duration": 11000, "start-300": 3000, "start-900": 3000,
        "start-1500": 3000, "start-2500": 3000, "pipe": 3000, "nobody": 9000}
SAID = {"signal": "lines were dropped: nobody took them from standard output", "twice": "ended at once, without a summary",
        "duration": "lines were dropped: nobody took them from standard output",
        "nobody": "cannot write /tmp/unread: nobody reads this pipe; start its reader first"}


def judge_stop(folder):
    """Told to stop, or when its time is over, it ends soon whatever the reader does, and leaves nothing behind."""
    problems = []
    for name, limit in ENDS.items():
        took = int(read(folder / f"{name}.ms"))
        problems += [] if took <= limit else [f"{name}: it took {took} ms to end, not {limit}"]
        problems += equal(f"{name}: left behind", read(folder / f"{name}.left").split(), ["0", "1"])
        code = "1" if name in ("twice", "nobody") else "0"
        problems += equal(f"{name}: exit code", read(folder / f"{name}.code").strip(), code)
        if SAID.get(name, "") not in read(folder / f"{name}.err"):
            problems.append(f"{name}: it said {read(folder / (name + '.err'))}")
    problems += equal("switches while it waits for the reader of a pipe", read(folder / "pipe.expedited").strip(), "0")
    return problems + judge_late(folder)


def judge_late(folder):
    """A reader that takes its lines in the last moment gets all, the summary as well."""
    output, problems = lines.parse(read(folder / "late.lines"))
    summary = output[-1] if output else {}
    problems += equal("late: last line", summary.get("type"), "summary")
    told = sum(one["n"] for one in output if one["type"] == "error")
    return problems + equal("late: told", told, 2000) + equal("late: complete", summary.get("complete"), True)
