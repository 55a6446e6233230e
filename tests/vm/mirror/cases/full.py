# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A mirror that is too small."""

import json

from guests import Verdict

from ..common import answer, equal, few, output_of, read
from ..lists import ip_key, ip_list, json_key


def judge_full(folder):
    """A mirror that is too small says so, and says nothing wrong."""
    output, problems = output_of(folder, "snap")
    found, more = answer(folder, "states.json")
    real = {ip_key(one) for one in ip_list(folder, "storm.1", "states")}
    problems += more + equal("states", len(real), 500)
    if not 0 < len(found) <= 64:
        problems.append(f"it shows {len(found)} states, expected 1 to 64")
    problems += few([f"it shows {one['state']}, which the kernel has not" for one in found
                     if json_key(one["state"]) not in real])
    errors = [one for one in output if one.get("type") == "error"]
    for one in errors:
        state = one.get("state")
        if state and (state["spi"] != one["packet"]["spi"] or json_key(state) not in real):
            problems.append(f"the error with SPI {one['packet']['spi']} names {state['spi']}")
        if not state and one.get("match") == "none":
            problems.append(f"it claims that no state has the SPI {one['packet']['spi']}")
    summary = output[-1] if output else {}
    if summary.get("complete") is not False and "mirror" not in json.dumps(summary):
        problems.append(f"the summary does not say that the mirror is incomplete: {summary.get('lost')}")
    if "left out" not in read(folder / "text.err") + read(folder / "text") and "incomplete" not in read(
            folder / "text.err") + read(folder / "text"):
        problems.append(f"show does not say that it is incomplete: {read(folder / 'text.err')!r}")
    return [Verdict("full", few(problems) + equal("errors", len(errors), 72))]
