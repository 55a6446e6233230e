# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Knows whether guests can use the processor's own virtualization (KVM), by a guest that is tried once."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil

DEVICE = pathlib.Path("/dev/kvm")
BOOT = pathlib.Path("/proc/sys/kernel/random/boot_id")
KEPT = pathlib.Path(__file__).resolve().parents[3] / "build/kvm"
CHOICE = "LAB_ACCEL"  # the environment's word on it: kvm, tcg; the default is the trial's result


def state_of_host():
    """What a trial's result holds for: this QEMU on this machine until it boots again, for who may open the device."""
    emulator = os.stat(shutil.which("qemu-system-x86_64") or "/")
    facts = (BOOT.read_text() if BOOT.exists() else "", emulator.st_mtime_ns, emulator.st_size, os.geteuid())
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


@contextlib.contextmanager
def alone():
    """Lets one guest of several try; the others wait for its result."""
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    with open(KEPT.with_suffix(".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def tried(trial):
    """The kept result of the trial, which is made first if there is none for this host."""
    with alone():
        words = KEPT.read_text().split() if KEPT.exists() else []
        if len(words) == 2 and words[0] == state_of_host():
            return words[1] == "works"
        works = trial()
        KEPT.write_text(f"{state_of_host()} {'works' if works else 'fails'}\n")
        return works


def use_kvm(trial):
    """Whether guests are to run under KVM. A device that can be opened is no proof: under another hypervisor many guests
    hang or crash. trial() boots a guest under KVM and says whether it came to its end."""
    choice = os.environ.get(CHOICE)
    if choice in ("kvm", "tcg"):
        return choice == "kvm"
    return os.access(DEVICE, os.R_OK | os.W_OK) and tried(trial)
