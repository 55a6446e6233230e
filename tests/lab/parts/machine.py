# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs one guest under QEMU and follows it: its output as it comes, its exit code and its files at the end."""

import io
import os
import select
import subprocess
import tarfile
import time

from . import processor

CMDLINE = "panic=-1 oops=panic nosoftlockup no_timer_check rdinit=/init"
# With one thread per processor QEMU before 8.1 may run kernel text that another processor has just patched.
ACCELERATOR = "tcg,thread=single"
NATIVE = ["-accel", "kvm", "-cpu", "host"]
# Random numbers and the clock are the guest's own, so that two runs take the same path.
DETERMINISTIC = ["-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2026-01-01,clock=vm"]
TIMED_OUT, FAILED = 124, 125


def emulated(kind):
    """The arguments for processors of this kind without KVM."""
    return ["-accel", ACCELERATOR, "-cpu", kind.cpu]


def ports(kind, console, output, result):
    """The arguments for the console and for ttyS1 and ttyS2, each of which writes to a file."""
    files = [word for number, path in enumerate((console, output, result))
             for word in ("-chardev", f"file,id=port{number},path={path}")]
    if kind is processor.AMD64:
        return files + [word for number in range(3) for word in ("-device", f"isa-serial,chardev=port{number}")]
    cards = "pci-serial-4x,chardev1=none0,chardev2=port1,chardev3=port2,chardev4=none3"
    return files + ["-chardev", "null,id=none0", "-chardev", "null,id=none3", "-serial", "chardev:port0", "-device", cards]


def command(job, initrd, temp, output):
    """QEMU's command line; output is the descriptor that gets the second serial port's bytes."""
    timing = DETERMINISTIC if job.icount else []
    kind = processor.of(job.folder.name)
    processors = NATIVE if job.kvm else emulated(kind)
    cmdline = f"console={kind.console} {CMDLINE} {job.cmdline}".strip()
    return ["setpriv", "--pdeathsig", "KILL", kind.emulator, "-nodefaults", "-no-user-config",
            "-display", "none", "-no-reboot", "-machine", kind.board, *processors,
            "-m", str(job.memory), "-smp", str(1 if job.icount else job.smp), *timing,
            "-kernel", str(job.folder / "vmlinuz"), "-initrd", str(initrd), "-append", cmdline,
            *ports(kind, temp / "console.log", f"/proc/self/fd/{output}", temp / "result")]


def pass_on(data):
    """Writes data to the host's stdout, all of it at once; a reader that has gone is no reason to stop the guest."""
    try:
        while data:
            data = data[os.write(1, data):]
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def follow(reader, deadline):
    """Passes on what comes from reader until its end (True) or the deadline (False)."""
    while True:
        ready, _, _ = select.select([reader], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return False
        data = os.read(reader, 1 << 16)
        if not data:
            return True
        pass_on(data)


def run(job, initrd, temp, quiet=False):
    """Runs the guest to its end and says whether it came in time; the guest never outlives this call. A quiet one may fail
    without a word of QEMU's."""
    deadline = time.monotonic() + job.timeout
    reader, writer = os.pipe()
    said = subprocess.DEVNULL if quiet else 2
    process = subprocess.Popen(command(job, initrd, temp, writer), pass_fds=[writer], stdin=subprocess.DEVNULL,
                               stdout=said, stderr=said)
    try:
        os.close(writer)
        return follow(reader, deadline)
    finally:
        os.close(reader)
        process.kill()
        process.wait()


def safe(member):
    """Whether an entry is a file or folder that stays below the folder it is unpacked in."""
    return (member.isreg() or member.isdir()) and ".." not in member.name.split("/") and member.name[:1] != "/"


def unpack(data, goal):
    """Unpacks the files and folders of the guest's /out into goal."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(goal, members=[member for member in archive if safe(member)])


def result(path):
    """The script's exit code and the compressed archive of /out, or (None, b"") if the guest did not get that far."""
    data = path.read_bytes() if path.exists() else b""
    first, _, rest = data.partition(b"\n")
    word, _, number = first.partition(b" ")
    if word != b"exit" or not number.isdigit():
        return None, b""
    return int(number), rest
