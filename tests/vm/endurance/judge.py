# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges what the cases of the guest left in /out: by cases/CASE.py, whose judge_CASE gives problems, as texts."""

import pathlib

import cases
import guests
from guests import Verdict, read

JUDGES = cases.judges("endurance", "ALSO")
CASES = cases.names(JUDGES)


def judge_case(folder, name):
    """The verdict on one case, which may fall over output that has another form."""
    problems = [read(folder / "failed")] if read(folder / "failed") else []
    try:
        problems += JUDGES[name](folder)
    except (KeyError, TypeError, IndexError, ValueError) as error:
        problems.append(f"the output has an unexpected form: {error!r}")
    return Verdict(name, problems)


def judge_folder(folder):
    """The verdicts on a guest whose /out is in folder."""
    return guests.judge_cases(pathlib.Path(folder), JUDGES, lambda out, name: judge_case(out / name.split()[0], name))
