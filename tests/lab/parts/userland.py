# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Finds the programs and libraries that a guest is made of: this machine's own, or for another processor those of Debian's
packages, which are unpacked in the laboratory."""

import os
import pathlib
import re
import shutil
import struct
import subprocess

from . import places, processor

SUITE = "bookworm"  # whose libraries a cross-built program is linked with
PACKAGES = ("busybox-static", "dash", "iproute2", "bpftool", "nftables", "libgcc-s1", "libstdc++6")
FOLDERS = ("usr/sbin", "sbin", "usr/bin", "bin")


def is_elf(path):
    """Whether the file is an ELF file."""
    with open(path, "rb") as stream:
        return stream.read(4) == b"\x7fELF"


class Host:
    """This machine's programs."""

    def path(self, tool):
        """Where this machine has the tool, also if sbin is not in PATH, or None."""
        found = shutil.which(tool, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/bin:/bin")
        if found and not is_elf(found):  # Ubuntu's bpftool is a script that looks for the running kernel's
            return next(map(str, pathlib.Path("/usr/lib").glob(f"linux-*tools*/**/{tool}")), None)
        return found

    def libraries(self, program):
        """The shared libraries of a program, its loader too, as (file, path in the guest); none for a script or a static
        program."""
        if not is_elf(program):
            return []
        text = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
        if "not found" in text:
            raise FileNotFoundError(f"{program} needs a library that this machine lacks:\n{text}")
        return [(path, path) for path in re.findall(r"(/\S+) \(0x", text)]


class Unpacked:
    """The programs in a folder of unpacked packages for another processor. Libraries that this machine has for it, as to link
    programs, are taken before those of the packages: they may be newer."""

    def __init__(self, root, gnu):
        self.root = pathlib.Path(root)
        self.homes = [pathlib.Path("/") / home / gnu for home in ("usr/lib", "lib")]
        self.homes += [self.root / home / gnu for home in ("usr/lib", "lib")]
        self.loaders = f"/usr/lib/{gnu}"

    def path(self, tool):
        """Where the packages have the tool, or None. Their symbolic links are meant for a root of their own."""
        for folder in FOLDERS:
            file = self.root / folder / tool
            if file.is_symlink() and os.readlink(file).startswith("/"):
                file = self.root / os.readlink(file).lstrip("/")
            if file.is_file():
                return str(file)
        return None

    def library(self, name):
        """The file of the library that is called so."""
        for home in self.homes:
            if (home / name).exists():
                return home / name
        raise FileNotFoundError(f"no {name} for this guest: neither here nor in {self.root}")

    def libraries(self, program):
        """As the host's."""
        found, waiting = {}, [program]
        while waiting:
            for name in needed(waiting.pop()):
                if name not in found:
                    file = self.library(pathlib.PurePath(name).name)
                    found[name] = (str(file), name if name.startswith("/") else f"{self.loaders}/{name}")
                    waiting.append(file)
        return list(found.values())


def needed(program):
    """What an ELF file names as its libraries, and the path of its loader."""
    elf = pathlib.Path(program).read_bytes()
    if elf[:4] != b"\x7fELF":
        return []
    table, = struct.unpack_from("<Q", elf, 0x20)
    size, count = struct.unpack_from("<HH", elf, 0x36)
    parts = [struct.unpack_from("<IIQQQQ", elf, table + i * size) for i in range(count)]
    text = [elf[offset:offset + length].rstrip(b"\0").decode() for kind, _, offset, _, _, length in parts if kind == 3]
    for kind, _, offset, _, _, length in parts:
        if kind == 2:
            text += dynamic(elf, offset, length, parts)
    return text


def dynamic(elf, offset, length, parts):
    """The names of libraries in the dynamic section of an ELF file."""
    entries = list(struct.iter_unpack("<QQ", elf[offset:offset + length // 16 * 16]))
    at = next((value for tag, value in entries if tag == 5), 0)
    strings = next((o + at - a for kind, _, o, a, _, n in parts if kind == 1 and a <= at < a + n), at)
    starts = [strings + value for tag, value in entries if tag == 1]
    return [elf[start:elf.index(b"\0", start)].decode() for start in starts]


def folder(base, kind):
    """Where the laboratory keeps the packages for a processor."""
    return base / f"userland-{kind.debian}"


def of(label):
    """What guests of this label are made of."""
    kind = processor.of(label)
    if kind.native:
        return Host()
    return Unpacked(folder(places.lab_dir(), kind), f"{kind.machine}-linux-gnu")
