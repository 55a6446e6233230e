# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Finds the judges of a suite's cases: of the case that cases/CASE.sh plays, judge_CASE in cases/CASE.py."""

import importlib
import pathlib

HERE = pathlib.Path(__file__).resolve().parent


def judges(suite, further):
    """The judges of a suite by their names: CASE, and "CASE WORD" for those that the case's module has in a table of the name
    `further`."""
    found = {}
    for script in sorted((HERE / suite / "cases").glob("*.sh")):
        module = importlib.import_module(f"{suite}.cases.{script.stem}")
        case = script.stem.replace("_", "-")
        found[case] = getattr(module, f"judge_{script.stem}")
        found.update({f"{case} {word}": judge for word, judge in getattr(module, further, {}).items()})
    return found


def names(found):
    """The names of cases alone."""
    return [name for name in found if " " not in name]
