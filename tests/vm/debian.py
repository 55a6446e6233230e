# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Fetches packages of Debian, verified by apt, into a folder; nothing is installed."""

import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
from parts import apt  # noqa: E402  pylint: disable=wrong-import-position


def download(folder, suite, choose):
    """The .deb files of the packages that `choose` names, given the suite, in folder."""
    debs = folder / "debs"
    debs.mkdir(parents=True, exist_ok=True)
    source = apt.Suite(folder / "apt", apt.debian_mirror(), suite)
    source.update()
    return source.download(choose(source), debs)


def once(folder, fill):
    """The folder's `root`, which `fill` fills unless it was done before."""
    root = folder / "root"
    if not (root / "done").exists():
        root.mkdir(parents=True, exist_ok=True)
        fill(root)
        (root / "done").touch()
    return root


def unpack(folder, suite, packages):
    """The root of the unpacked packages; without a look at the network if they are there."""
    def fill(root):
        for deb in download(folder, suite, lambda _: packages):
            subprocess.run(["dpkg-deb", "-x", deb, root], check=True)
    return once(folder, fill)


def libraries(program, root, homes):
    """The machine's own libraries that the program needs; `homes`: where those of the packages are."""
    env = {**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, homes))}
    text = subprocess.run(["ldd", program], capture_output=True, text=True, check=True, env=env).stdout
    if "not found" in text:
        raise FileNotFoundError(f"{program} needs a library that this machine lacks:\n{text}")
    return {path for path in re.findall(r"(/\S+) \(0x", text) if not path.startswith(str(root))}
