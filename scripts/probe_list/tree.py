# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads from a kernel source directory or tarball the few files that the probe list is made from."""

import gzip
import lzma
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import zlib

from . import COUNTING, ProbeListError

SNMP_H = "include/uapi/linux/snmp.h"
XFRM_PROC_C = "net/xfrm/xfrm_proc.c"

_FOLDERS = ("net", "include", "drivers")
_READ = re.compile(r"(?:^|/)(?:(?:net|include|drivers)/(?:.*/)?(?:[^/]+\.[ch]|Makefile|Kbuild|Kconfig[^/]*)|Makefile)$")
_ALWAYS = re.compile(rf"(?:^|/)(?:{SNMP_H}|(?<!drivers/)net/.*\.c)$")
_COUNTING = re.compile(COUNTING.encode())
_END_OF_TAR = bytes(1024)


def read_tree(source):
    """The tree's {path: text}: what may raise an xfrm counter, every .c file of net/, and every build file.

    The .c files of net/ are all kept since any of them may call a header's function that raises a counter.
    """
    path = pathlib.Path(source)
    try:
        members = _walk(path) if path.is_dir() else _untar(path)
        files = {name: data.decode("utf-8", "replace") for name, data in members if _keep(name, data)}
    except OSError as error:
        raise ProbeListError(f"cannot read {source}: {error.strerror or error}") from error
    root = _root(files)
    if root is None:
        raise ProbeListError(f"{source} is not a kernel source tree: it has no {SNMP_H}")
    return {name[len(root):]: text for name, text in files.items() if name.startswith(root)}


def _keep(name, data):
    if not name.endswith((".c", ".h")):
        return True
    return _ALWAYS.search(name) or _COUNTING.search(data)


def _root(files):
    """The folder of a tarball that holds the kernel, with its slash: "", or a name such as "linux-source-6.1/"."""
    roots = [name[:-len(SNMP_H)] for name in files if name == SNMP_H or name.endswith("/" + SNMP_H)]
    return min(roots, key=lambda root: (root.count("/"), root), default=None)


def _walk(path):
    if (path / "Makefile").is_file():
        yield "Makefile", (path / "Makefile").read_bytes()
    for folder in _FOLDERS:
        for where, folders, names in os.walk(path / folder):
            folders.sort()
            for name in sorted(names):
                file = pathlib.Path(where, name)
                relative = file.relative_to(path).as_posix()
                if _READ.search(relative) and file.is_file():
                    yield relative, file.read_bytes()


class _Tail:
    """A stream that remembers its last bytes, which tell a whole archive from one that was cut short."""

    def __init__(self, stream):
        self.stream, self.last = stream, b""

    def read(self, size):
        """Reads as the stream does."""
        data = self.stream.read(size)
        self.last = (self.last + data)[-len(_END_OF_TAR):]
        return data


def _untar(path):
    try:
        with _decompressed(path) as stream:
            tail = _Tail(stream)
            with tarfile.open(fileobj=tail, mode="r|", bufsize=1 << 20) as tar:
                for member in tar:
                    if member.isfile() and _READ.search(member.name):
                        yield member.name, tar.extractfile(member).read()
            while tail.read(1 << 20):
                pass
            if tail.last != _END_OF_TAR:
                raise tarfile.ReadError("it was cut short")
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise ProbeListError(f"{path} is not a readable tar archive: {error}") from error


def _decompressed(path):
    with open(path, "rb") as file:
        magic = file.read(6)
    if magic.startswith(b"\xfd7zXZ"):
        return lzma.open(path)
    if magic.startswith(b"\x1f\x8b"):
        return gzip.open(path)
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        return _Zstd(path)
    return open(path, "rb")


class _Zstd:
    """A .zst file read through the zstd program, since Python gained a module for it only in 3.14."""

    def __init__(self, path):
        if not shutil.which("zstd"):
            raise ProbeListError(f"cannot read {path}: the program zstd is not installed")
        self.process = subprocess.Popen(["zstd", "-dcq", str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.read = self.process.stdout.read

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.stdout.close()
        if self.process.wait() and kind is None:
            raise tarfile.ReadError("zstd cannot decompress it")
