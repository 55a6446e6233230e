# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""CPUs that go offline, and a clock that jumps."""

import datetime

import lines
from guests import read

from ..common import equal, output_of


def judge_weather(folder):
    """No error is missed while a processor is away, and each has the clock's time of its moment."""
    errors, summary, problems = output_of(folder, "snap")
    problems += lines.incomplete("snap", summary) + equal("processors", read(folder / "online").strip(), "0")
    problems += equal("packets", [one["packet"]["seq"] for one in errors], list(range(1, 26)))
    at = [datetime.datetime.fromisoformat(one["ts"][:26]) for one in errors]
    hours = [round((one - at[0]).total_seconds() / 3600) for one in at]
    return problems + equal("hours since the first one", hours, [0] * 15 + [1] * 5 + [0] * 5)
