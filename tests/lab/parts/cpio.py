# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Writes the cpio archives (format newc) that the kernel unpacks as its initramfs; needs no root, not even for devices."""

import os
import pathlib
import stat


class Archive:
    """An open archive; parent folders are added by themselves, the first of two entries with one name wins."""

    def __init__(self, stream):
        self.stream, self.seen, self.inode = stream, set(), 0

    def __enter__(self):
        return self

    def __exit__(self, *failed):
        self.entry("TRAILER!!!", 0, b"")
        self.stream.write(b"\0" * (-self.stream.tell() % 512))

    def pad(self):
        """Fills up to the next multiple of four."""
        self.stream.write(b"\0" * (-self.stream.tell() % 4))

    def entry(self, name, mode, data, device=(0, 0)):
        """Writes one entry as it is."""
        self.inode += 1
        raw = name.encode() + b"\0"
        fields = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(raw), 0)
        self.stream.write(b"070701" + b"".join(b"%08x" % field for field in fields) + raw)
        self.pad()
        self.stream.write(data)
        self.pad()

    def add(self, path, mode, data=b"", device=(0, 0)):
        """Adds one entry at an absolute path, and the folders above it."""
        name = os.path.normpath(str(path)).strip("/")
        if name in self.seen or name in ("", "."):
            return
        self.folder(os.path.dirname(name))
        self.seen.add(name)
        self.entry(name, mode, data, device)

    def folder(self, path, permissions=0o755):
        """Adds a folder."""
        self.add(path, stat.S_IFDIR | permissions)

    def link(self, path, target):
        """Adds a symbolic link."""
        self.add(path, stat.S_IFLNK | 0o777, target.encode())

    def device(self, path, major, minor):
        """Adds a character device."""
        self.add(path, stat.S_IFCHR | 0o600, b"", (major, minor))

    def text(self, path, text, permissions=0o644):
        """Adds a file with the given text."""
        self.add(path, stat.S_IFREG | permissions, text.encode())

    def file(self, path, data, permissions=0o644):
        """Adds a file with the given bytes."""
        self.add(path, stat.S_IFREG | permissions, data)

    def copy(self, source, path):
        """Adds a file of the host, or a folder with all it holds, at path."""
        source = pathlib.Path(source)
        if not source.is_dir():
            self.file(path, source.read_bytes(), stat.S_IMODE(source.stat().st_mode))
            return
        self.folder(path)
        for child in sorted(source.iterdir()):
            self.copy(child, f"{path}/{child.name}")
