# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Fetches strongSwan of Debian 12, verified by apt, into a folder; nothing is installed."""

import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "lab"))
from parts import apt  # noqa: E402  pylint: disable=wrong-import-position

SUITE = "bookworm"
PACKAGES = ("strongswan-charon", "strongswan-swanctl", "libstrongswan", "strongswan-libcharon")
PLUGINS = ("aes", "sha1", "sha2", "hmac", "kdf", "gmp", "random", "nonce", "kernel-netlink", "socket-default", "vici")


def fetch(folder):
    """The root of the unpacked packages; without a look at the network if they are there."""
    root = folder / "root"
    if (root / "done").exists():
        return root
    debs = folder / "debs"
    debs.mkdir(parents=True, exist_ok=True)
    suite = apt.Suite(folder / "apt", apt.debian_mirror(), SUITE)
    suite.update()
    for deb in suite.download(PACKAGES, debs):
        subprocess.run(["dpkg-deb", "-x", deb, root], check=True)
    (root / "done").touch()
    return root


def libraries(program, root):
    """The machine's own libraries that the program needs."""
    env = {**os.environ, "LD_LIBRARY_PATH": str(root / "usr/lib/ipsec")}
    text = subprocess.run(["ldd", program], capture_output=True, text=True, check=True, env=env).stdout
    if "not found" in text:
        raise FileNotFoundError(f"{program} needs a library that this machine lacks:\n{text}")
    return {path for path in re.findall(r"(/\S+) \(0x", text) if not path.startswith(str(root))}


def files(folder):
    """What a guest needs, as pairs of a file here and its path there."""
    root = fetch(folder)
    home = root / "usr/lib/ipsec"
    programs = [home / "charon", root / "usr/sbin/swanctl", *(home / f"plugins/libstrongswan-{one}.so" for one in PLUGINS)]
    own = [*programs, *home.glob("*.so.0")]
    needed = set().union(*(libraries(one, root) for one in own))
    # Folders come without the libraries that they need, which are added by themselves.
    return [(home, "/usr/lib/ipsec"), (root / "usr/sbin", "/lab/swan"), *((path, path) for path in sorted(needed))]
