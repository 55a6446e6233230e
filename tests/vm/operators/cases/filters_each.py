# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Filters: one option at a time."""

from .filters import judge_filters


def judge_filters_each(folder):
    """One option at a time."""
    return judge_filters(folder, ("other", "src", "dst", "mark", "bit", "rate"))
