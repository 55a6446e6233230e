# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Knows the processors that guests can have: what Debian and QEMU call them, and how their machines are put together."""

import platform
from dataclasses import dataclass


@dataclass(frozen=True)
class Processor:
    """One kind of processor. `serial` is the device that adds ports ttyS1 and ttyS2."""
    debian: str
    machine: str  # what uname -m says of it
    emulator: str
    package: str  # the emulator's
    board: str
    cpu: str  # where it is emulated
    console: str

    @property
    def native(self):
        """Whether it is this machine's own."""
        return platform.machine() == self.machine


# QEMU 7.2 gets the flags of cmpxchg16b wrong, which 6.12's allocator falls over. The others only cost time: what the kernel
# does with strings byte by byte, and at each entry, exit and change of process.
X86_CPU = "max,cx16=off,la57=off,erms=off,fsrm=off,smap=off,smep=off,pku=off,umip=off"
AMD64 = Processor("amd64", "x86_64", "qemu-system-x86_64", "qemu-system-x86", "pc", X86_CPU, "ttyS0")
ARM64 = Processor("arm64", "aarch64", "qemu-system-aarch64", "qemu-system-arm", "virt", "neoverse-n1", "ttyAMA0")


def of(label):
    """The processor that the kernel of this label is for."""
    return ARM64 if label.endswith("-arm64") else AMD64
