# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Small kernel trees for the tests, and a test case that runs scripts/gen_probe_list.py on them."""

import contextlib
import io
import pathlib
import re
import sys
import tarfile
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "scripts"))
import gen_probe_list  # noqa: E402  pylint: disable=wrong-import-position

OUTPUTS = ("bpf/counters.h", "user/model/counters.inc", "user/model/probe_list.inc", "scripts/freed_packets.txt")

SNMP_H = """
/* the first enum is not ours */
enum { LINUX_MIB_TLSNUM = 0, LINUX_MIB_TLSFIRST };
enum
{
	LINUX_MIB_XFRMNUM = 0,
	LINUX_MIB_XFRMINERROR,		/* XfrmInError, LINUX_MIB_NOT */
	// LINUX_MIB_XFRMGONE,
	LINUX_MIB_XFRMOUTERROR,
	LINUX_MIB_XFRMOUTNOQSPACE = 7,
	__LINUX_MIB_XFRMMAX
};
"""
XFRM_PROC_C = """
static const struct snmp_mib xfrm_mib_list[] = {
	SNMP_MIB_ITEM("XfrmInError", LINUX_MIB_XFRMINERROR),
	/*
	SNMP_MIB_ITEM("XfrmGone", LINUX_MIB_XFRMGONE),
	*/
	SNMP_MIB_ITEM("XfrmOutNoQueueSpace", LINUX_MIB_XFRMOUTNOQSPACE),
	SNMP_MIB_ITEM("XfrmOutError", LINUX_MIB_XFRMOUTERROR),
};
"""
XFRM_H = """
#ifdef CONFIG_XFRM_STATISTICS
#define XFRM_INC_STATS(net, field)	SNMP_INC_STATS((net)->mib.xfrm_statistics, field)
#define XFRM_ADD_STATS(net, field, val) SNMP_ADD_STATS((net)->mib.xfrm_statistics, field, val)
#else
#define XFRM_INC_STATS(net, field)	((void)(net))
#endif
"""
IN_ERROR = "XFRM_INC_STATS(net, LINUX_MIB_XFRMINERROR);"
OUT_ERROR = "XFRM_INC_STATS(net, LINUX_MIB_XFRMOUTERROR);"


def tree(version="6.1.7", **files):
    """A kernel tree as {path: text}: a whole one, with net/xfrm/a.c built into the kernel, changed by what is given."""
    parts = [*version.split("."), "0"]
    return {
        "Makefile": f"VERSION = {parts[0]}\nPATCHLEVEL = {parts[1]}\nSUBLEVEL = {parts[2]}\nEXTRAVERSION =\n",
        "include/uapi/linux/snmp.h": SNMP_H,
        "include/net/xfrm.h": XFRM_H,
        "net/xfrm/xfrm_proc.c": XFRM_PROC_C,
        "net/xfrm/Makefile": "obj-$(CONFIG_XFRM) := a.o\n",
        "net/xfrm/Kconfig": "config XFRM\n\tbool\n",
        "net/xfrm/a.c": "void f(struct net *net)\n{\n\t" + IN_ERROR + "\n}\n",
        **files,
    }


def with_code(code, **files):
    """A kernel tree whose net/xfrm/a.c is the code."""
    return tree(**{"net/xfrm/a.c": code, **files})


def write(folder, files):
    """Writes {path: text} into a folder and gives it."""
    for name, text in files.items():
        path = pathlib.Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def make_tar(path, files, prefix):
    """Writes a tarball with the files under a prefix."""
    with tarfile.open(path, "w") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(prefix + name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))


class Case(unittest.TestCase):
    """A test with a folder of its own and an output folder in it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.temp = pathlib.Path(folder.name)
        self.out = self.temp / "out"
        self.made = 0

    def place(self, files):
        """The path of a new folder that holds the files."""
        self.made += 1
        return write(self.temp / f"tree{self.made}", files)

    def run_program(self, *sources):
        """Runs the generator; gives its exit status and what it said."""
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            status = gen_probe_list.main(["--output-dir", str(self.out), *map(str, sources)])
        return status, said.getvalue()

    def generate(self, *trees):
        """Runs the generator on trees, which must work; gives what it said."""
        status, said = self.run_program(*map(self.place, trees))
        self.assertEqual(status, 0, said)
        return said

    def output(self):
        """{path: bytes} of the output files that exist."""
        return {name: (self.out / name).read_bytes() for name in OUTPUTS if (self.out / name).exists()}

    def rows(self, *trees, kind="PROBE"):
        """The rows of one kind that the generator writes for the trees, without the parentheses."""
        self.generate(*trees)
        return re.findall(rf"^{kind}\((.*)\)", self.output()["user/model/probe_list.inc"].decode(), re.M)

    def raised(self, code):
        """["function counter number"] for the code of net/xfrm/a.c."""
        found = [re.findall(r'"([^"]*)"', row) for row in self.rows(with_code(code))]
        return [f"{row[1]} {row[2]} {row[3].partition(':')[2]}" for row in found]

    def inlined(self, code):
        """["function caller"] for the code of net/xfrm/a.c."""
        rows = self.rows(with_code(code), kind="INLINED")
        return [" ".join(re.findall(r'"([^"]*)"', row)[1:]) for row in rows]

    def refusal(self, files):
        """What the generator says of a tree that it must refuse."""
        status, said = self.run_program(self.place(files))
        self.assertEqual(status, 1, said)
        return said.strip().replace(f"{self.temp}/", "")
