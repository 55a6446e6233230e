# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Takes kernel images apart: the ELF kernel inside a bzImage, one section of an ELF file, the types in an arm64 Image."""

import struct
import subprocess
import zlib

MAGICS = (
    (b"\x1f\x8b\x08", "gzip", None),
    (b"\xfd7zXZ\x00", "xz", ["xz", "-dcq", "--single-stream"]),
    (b"\x28\xb5\x2f\xfd", "zstd", ["zstd", "-dcq"]),
    (b"\x02\x21\x4c\x18", "lz4", ["lz4", "-dcq"]),
)


class KernelError(Exception):
    """The file is not the kernel image or ELF file it should be."""


def payload(image):
    """The compressed payload that the x86 boot protocol's header (2.08 and newer) points to, or None."""
    if image[0x202:0x206] != b"HdrS":
        return None
    setup_sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    return image[start:start + length] if length else None


def decompress_with(tool, data):
    """What the tool decodes from data; the kernel's four-byte size trailer may make it complain after the last byte."""
    result = subprocess.run(tool, input=data, capture_output=True, check=False)
    return result.stdout


def decompress(data, tool):
    """The decompressed bytes of data, empty if they are not what their magic number promised."""
    if tool is not None:
        return decompress_with(tool, data)
    try:
        return zlib.decompressobj(31).decompress(data)
    except zlib.error:
        return b""


def tried_at(image, start, tool):
    """The ELF file that decompressing image from start gives, or None."""
    for end in (len(image), len(image) - 4):
        elf = decompress(image[start:end], tool)
        if elf[:4] == b"\x7fELF":
            return elf
    return None


def search(image):
    """The ELF kernel behind the first magic number in image that decompresses to one, or None."""
    for magic, _, tool in MAGICS:
        start = image.find(magic)
        while start >= 0:
            elf = tried_at(image, start, tool)
            if elf:
                return elf
            start = image.find(magic, start + 1)
    return None


def vmlinux(image):
    """The ELF kernel in a bzImage: from the payload its header names, else from anywhere in the file."""
    inner = payload(image)
    elf = (inner and inner[:4] == b"\x7fELF" and inner) or (inner and search(inner)) or search(image)
    if not elf:
        names = ", ".join(name for _, name, _ in MAGICS)
        raise KernelError(f"no ELF kernel found in the image; tried {names}: are xz, zstd and lz4 installed?")
    return elf


def is_arm64(image):
    """Whether it is an Image as arm64 boots it, which is no ELF file and not compressed."""
    return image[0x38:0x3C] == b"ARMd"


def types_in(image):
    """The BTF in an image without sections: the largest one that its header describes; None if there is none."""
    magic, header = b"\x9f\xeb\x01\x00", 24
    best = b""
    at = image.find(magic)
    while 0 <= at <= len(image) - header:
        length, types, _, strings, size = struct.unpack_from("<IIIII", image, at + 4)
        end = at + header + strings + size
        if length == header and types == 0 and end <= len(image) and end - at > len(best):
            best = image[at:end]
        at = image.find(magic, at + 1)
    return best or None


def section(elf, wanted):
    """The bytes of the named section of a little-endian ELF64 file, or None if it has none of that name."""
    if elf[:6] != b"\x7fELF\x02\x01":
        raise KernelError("not a little-endian ELF64 file")
    table, = struct.unpack_from("<Q", elf, 0x28)
    size, count, names_index = struct.unpack_from("<HHH", elf, 0x3A)
    headers = [struct.unpack_from("<IIQQQQ", elf, table + i * size) for i in range(count)]
    names = headers[names_index][4]
    for name, _, _, _, offset, length in headers:
        start = names + name
        if elf[start:elf.index(b"\0", start)] == wanted.encode():
            return elf[offset:offset + length]
    return None
