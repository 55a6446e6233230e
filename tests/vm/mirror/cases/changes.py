# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Each way to add, change and remove states and policies."""

import json
import re

from guests import Verdict

from .. import steps
from ..common import answer, check_complete, output_of
from ..lists import compare_json


def judge_changes(folder):
    """Each way to come, change and go; then what is left is what ip(8) says."""
    output, problems = output_of(folder, "snap")
    states, more = answer(folder, "states")
    deleted, wrong = answer(folder, "deleted")
    problems += more + wrong + check_complete(output) + compare_json(folder, states)
    ages = [one["deleted"]["ago_ms"] for one in deleted]
    if not all(isinstance(age, int) and 0 <= age < 300_000 for age in ages):
        problems.append(f"tombstones' ages are {ages}")
    text = json.dumps(output)
    if re.search("0123456789abcdef0123|5c5c5c5c", text):
        problems.append("there is a key in a line")
    return [Verdict("changes", problems), *steps.judge_steps(folder, output, deleted)]
