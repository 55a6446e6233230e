# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges what the cases of the guest left in /out: by cases/CASE.py, whose judge_CASE gives verdicts."""

import pathlib

import cases
from guests import Verdict, read

JUDGES = cases.judges("mirror", "ALSO")
CASES = cases.names(JUDGES)


def judge_case(folder, name, ended):
    """The verdicts on one case, which may fall over output that has another form."""
    try:
        verdicts = JUDGES[name](folder)
    except (KeyError, TypeError, IndexError, ValueError, AttributeError, OSError) as error:
        where = error.__traceback__
        while where.tb_next:
            where = where.tb_next
        verdicts = [Verdict(name, [f"the output has an unexpected form: {error!r} "
                                   f"({pathlib.Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno})"])]
    return verdicts if ended else [*verdicts, Verdict(name, ["it did not come to its end"])]


def judge_folder(folder):
    """The verdicts on a guest whose /out is in folder."""
    folder = pathlib.Path(folder)
    lines = [line.split() for line in read(folder / "cases").splitlines()]
    begun = [words[1] for words in lines if words[0] == "begin"]
    ended = {words[1] for words in lines if words[0] == "end"}
    verdicts = [one for name in begun for one in judge_case(folder / name, name, name in ended)]
    records = [Verdict("guest", [line]) for line in read(folder / "records").splitlines()]
    return verdicts + records or [Verdict("guest", ["no case was begun"])]
