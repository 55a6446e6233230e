# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Each header of bpf/ compiles alone: an editor can open any of them."""

import concurrent.futures
import pathlib
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLAGS = ("-target", "bpf", "-g", "-O2", "-mcpu=v3", "-Wall", "-Werror", "-Ivmlinux/x86_64", "-Ibpf",
         "-D__TARGET_ARCH_x86", "-fsyntax-only", "-x", "c", "-")
CLANGS = ("clang", *(f"clang-{version}" for version in range(19, 13, -1)))


def clang():
    """The compiler that the Makefile takes for BPF."""
    return next(filter(None, map(shutil.which, CLANGS)), None)


def compile_alone(header):
    """What the compiler says of a file that includes nothing but this header."""
    done = subprocess.run([clang(), *FLAGS], input=f'#include "{header}"\n', cwd=ROOT, text=True, capture_output=True,
                          check=False)
    return done.stderr if done.returncode else ""


@unittest.skipUnless(clang(), "needs clang")
class HeadersTest(unittest.TestCase):
    def test_each_stands_alone(self):
        headers = sorted(path.name for path in (ROOT / "bpf").glob("*.h"))
        self.assertIn("maps.bpf.h", headers)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            said = dict(zip(headers, pool.map(compile_alone, headers)))
        self.assertEqual({header: text for header, text in said.items() if text}, {})


if __name__ == "__main__":
    unittest.main()
