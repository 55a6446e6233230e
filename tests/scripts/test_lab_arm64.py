# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Does the laboratory find what arm64 guests are made of?"""

import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "tests/lab"))
from parts import kernel, processor, userland  # noqa: E402  pylint: disable=wrong-import-position


def types(text):
    """BTF that has nothing but these strings."""
    return struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, 0, 0, len(text)) + text


class Arm64(unittest.TestCase):
    """What machines of x86-64 and arm64 do not share."""

    def test_processor(self):
        """The label says which processor a guest has."""
        self.assertEqual([processor.of(label).debian for label in ("6.12", "6.12-rt", "6.12-arm64")], ["amd64", "amd64", "arm64"])

    def test_types(self):
        """The kernel's types are the largest ones in the image; what is cut off, or only looks like a header, are none."""
        image = b"MZ" + bytes(0x36) + b"ARMd" + types(b"\0small\0") + bytes(5) + types(b"\0the kernel's\0") + bytes(9)
        self.assertTrue(kernel.is_arm64(image))
        self.assertEqual(kernel.types_in(image), types(b"\0the kernel's\0"))
        self.assertIsNone(kernel.types_in(types(b"\0cut off\0")[:-1]))
        self.assertIsNone(kernel.types_in(bytes(100)))

    def test_libraries(self):
        """A program's own libraries are those that readelf names, and its loader."""
        program = userland.Host().path("dash")
        said = subprocess.run(["readelf", "-d", "-l", program], capture_output=True, text=True, check=True).stdout
        named = [line.split("[")[1].split("]")[0] for line in said.splitlines() if "(NEEDED)" in line]
        loader = [line.split(": ")[1].rstrip("]") for line in said.splitlines() if "program interpreter" in line]
        self.assertEqual(sorted(userland.needed(program)), sorted(named + loader))
        self.assertEqual(userland.needed(__file__), [])

    def test_links(self):
        """A link in a package leads within the packages, not to this machine's own program."""
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            (root / "bin").mkdir()
            (root / "sbin").mkdir()
            (root / "bin/ip").write_text("arm64's")
            (root / "sbin/ip").symlink_to("/bin/ip")
            self.assertEqual(pathlib.Path(userland.Unpacked(root, "aarch64-linux-gnu").path("ip")).read_text(), "arm64's")


if __name__ == "__main__":
    unittest.main()
