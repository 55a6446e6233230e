# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""This machine's systemd, and what it needs to run the package's unit in a guest."""

import pathlib
import shutil
import subprocess

HOME = pathlib.Path("/lib/systemd")
PROGRAMS = [HOME / "systemd", HOME / "systemd-journald", *map(pathlib.Path, ("/bin/systemctl", "/bin/journalctl"))]
UNITS = ["basic.target", "local-fs.target", "local-fs-pre.target", "multi-user.target", "network-pre.target", "paths.target",
         "shutdown.target", "slices.target", "sockets.target", "swap.target", "sysinit.target", "timers.target", "umount.target",
         "systemd-journald.service", "systemd-journald.socket", "systemd-journald-dev-log.socket"]


def installed(snap, folder, top):
    """What `make install` puts into folder, as the package has it."""
    shutil.rmtree(folder, ignore_errors=True)
    words = ["make", "-s", "-o", snap, "install", f"BINARY={snap}", f"DESTDIR={folder}", "PREFIX=/usr"]
    subprocess.run(words, cwd=top, check=True)
    return [(folder / "usr" / name, f"/usr/{name}") for name in ("sbin/xfrm-snap", "lib/systemd/system/xfrm-snap.service")]


def files(snap, folder, top):
    """What a guest needs, as pairs of a file here and its path there; nothing if this machine has no systemd."""
    units = [HOME / "system" / name for name in UNITS]
    if not all(one.exists() for one in [*PROGRAMS, *units]):
        return []
    return [*((one, str(one)) for one in [*PROGRAMS, *units]), *installed(snap, folder, top)]
