# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges what the cases of the guest left in /out: by cases/CASE.py, whose judge_CASE gives problems, as texts."""

import pathlib
import shutil
import subprocess

import cases
import guests
from guests import Verdict, read

JUDGES = cases.judges("operators", "TOOLS")
CASES = cases.names(JUDGES)


def judge_case(folder, name):
    """The verdict on one case, which may fall over output that has another form."""
    case, _, tool = name.partition(" ")
    if tool and not shutil.which(tool):
        return Verdict(name, skip=f"{tool} is not installed: sudo make deps NEEDS=extra")
    if skip := read(folder / case / "skip").strip():
        return Verdict(name, skip=skip)
    try:
        problems = JUDGES[name](folder / case)
    except (KeyError, TypeError, IndexError, ValueError, OSError, subprocess.CalledProcessError) as error:
        problems = [f"the output has an unexpected form: {error!r}"]
    return Verdict(name, problems)


def judge_folder(folder):
    """The verdicts on a guest whose /out is in folder."""
    return guests.judge_cases(pathlib.Path(folder), JUDGES, judge_case)
