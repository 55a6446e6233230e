# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Knows where the laboratory keeps its kernels and what a complete kernel folder holds."""

import os
import pathlib

PARTS = ("vmlinuz", "vmlinux.btf", "config", "version", "modules/modules.dep")


def lab_dir():
    """The folder that holds one folder per label: LAB_DIR, else build/lab at the top of the repository."""
    chosen = os.environ.get("LAB_DIR")
    top = pathlib.Path(__file__).resolve().parents[3]
    return pathlib.Path(chosen).absolute() if chosen else top / "build/lab"


def complete(folder):
    """Whether folder holds every part of a kernel."""
    return all((folder / part).exists() for part in PARTS)
