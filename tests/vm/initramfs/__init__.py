# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Boots a machine whose only files are the static program, busybox, a script and the kernel's netlink of XFRM, which is a
module, and judges the run that it makes."""

import pathlib
import sys
import time
import types

import guests
import lines
from guests import Verdict

sys.path.insert(0, str(guests.TOP / "tests/lab"))
from parts import cpio, image, machine, modules, places, userland  # noqa: E402  pylint: disable=wrong-import-position

HERE = pathlib.Path(__file__).resolve().parent
STATIC = guests.TOP / "build/static/xfrm-snap"
FOLDERS = ("/proc", "/sys", "/dev")


def write(path, folder):
    """Writes the initramfs for the kernel in folder; its modules are named in the order in which they load."""
    tree = image.Tree(folder)
    with open(path, "wb") as stream, cpio.Archive(stream) as archive:
        for folder in FOLDERS:
            archive.folder(folder)
        archive.device("/dev/console", 5, 1)
        archive.device("/dev/null", 1, 3)
        archive.copy(HERE / "init", "/init")
        archive.copy(STATIC, "/xfrm-snap")
        archive.copy(userland.Host().path("busybox"), "/bin/busybox")
        for number, name in enumerate(sorted(tree.chosen(["xfrm_user"]), key=lambda one: len(tree.needs[one]))):
            archive.file(f"/modules/{number}.ko", modules.read(tree.root / tree.paths[name]))


def boot(label, out):
    """Boots the label's kernel; what it said goes to the folder `out`."""
    out.mkdir(parents=True, exist_ok=True)
    for one in out.iterdir():
        one.unlink()
    folder = places.lab_dir() / label
    write(out / "initrd", folder)
    job = types.SimpleNamespace(folder=folder, timeout=900, memory=512, smp=2, icount=False, kvm=False, cmdline="")
    machine.run(job, out / "initrd", out)
    (out / "initrd").unlink()


def judge(out):
    """The verdict on what a boot left in the folder."""
    console = guests.read(out / "console.log")[-3000:]
    code, text = machine.result(out / "result")
    if code is None:
        return Verdict("initramfs", [f"it did not come to its end: {console}"])
    said, problems = lines.parse(text.decode(errors="replace"))
    if code != 0:
        problems.append(f"exit code {code}: {console}")
    found = {one.get("type"): one for one in said}
    sites, summary = found.get("ready", {}).get("sites"), found.get("summary", {})
    if not sites or not 0 < sites["found"] == sites["attached"]:
        problems.append(f"sites: {sites}")
    if summary.get("complete") is not True:
        problems.append(f"summary: {summary}")
    return Verdict("initramfs", problems)


def attempt(label, again):
    """The label's verdicts and how long it took; `again` boots nothing."""
    if not STATIC.exists():
        return label, [Verdict("initramfs", skip="there is no build/static/xfrm-snap: make static")], 0
    out, began = guests.BUILD / "initramfs" / label, time.monotonic()
    if not again:
        boot(label, out)
    return label, [judge(out)], time.monotonic() - began
