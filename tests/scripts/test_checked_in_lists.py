# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The lists that scripts/gen_probe_list.py wrote and that are checked in."""

import re
import shutil
import subprocess
import unittest
from collections import Counter

from kernel_trees import OUTPUTS, TOP


class CheckedIn(unittest.TestCase):
    """The lists in the repository."""

    # Counted by hand: the lines that `grep -E 'XFRM_(INC|ADD)_STATS'` finds in Debian's linux-source-*.tar.xz
    # less those with #define (72 - 2, 71 - 2, 83 - 4 and 110 - 4).
    INCREMENTS = {"5.10": 70, "6.1": 69, "6.12": 79, "7.3": 106}

    @classmethod
    def setUpClass(cls):
        text = {name: (TOP / name).read_text() for name in OUTPUTS}
        cls.enum = dict(re.findall(r"^  (\w+) = (\d+),", text["bpf/counters.h"], re.M))
        cls.counters = re.findall(r'^COUNTER\((\d+), "(\w+)", "([\d. ]+)"\)$', text["user/model/counters.inc"], re.M)
        cls.probes = re.findall(r'^PROBE\("(.+?)", "(\w+)", "(\w+|\*)", "([\d.: ]+)", "([\w ]*)", (nullptr|"\w+")\)',
                                text["user/model/probe_list.inc"], re.M)
        cls.inlined = re.findall(r'^INLINED\("(.+?)", "(\w+)", "(\w+)"\)$', text["user/model/probe_list.inc"], re.M)
        cls.lines = Counter(re.findall(r"^[A-Z]+(?=\()", text["user/model/counters.inc"]
                                       + text["user/model/probe_list.inc"], re.M))

    def test_every_row_is_well_formed(self):
        self.assertEqual(self.lines, {"COUNTER": len(self.counters), "PROBE": len(self.probes),
                                      "INLINED": len(self.inlined)})

    def test_counters_agree(self):
        self.assertEqual(self.enum, {**{name: index for index, name, _ in self.counters},
                                     "XFRM_COUNTER_MAX": str(1 + max(int(index) for index, _, _ in self.counters))})
        self.assertEqual(Counter(version for row in self.counters for version in row[2].split()),
                         {"5.10": 28, "6.1": 28, "6.12": 30, "7.3": 32})

    def test_probes_have_counters_of_their_versions(self):
        versions = {name: set(seen.split()) for _, name, seen in self.counters}
        for file, function, counter, increments, _, _ in self.probes:
            with self.subTest(f"{file} {function} {counter}"):
                self.assertLessEqual({part.split(":")[0] for part in increments.split()}, versions[counter])

    def test_sums_of_increments(self):
        sums = Counter()
        for row in self.probes:
            for part in row[3].split():
                sums[part.split(":")[0]] += int(part.split(":")[1])
        self.assertEqual(sums, self.INCREMENTS)

    def test_counters_that_no_kernel_raises(self):
        self.assertEqual({name for _, name, _ in self.counters} - {row[2] for row in self.probes},
                         {"XfrmOutBundleCheckError", "XfrmOutPolDead"})

    def test_listed_losses_free_packets(self):
        freed = {tuple(row.split()[:2]) for row in (TOP / "scripts/freed_packets.txt").read_text().splitlines()
                 if not row.startswith("#")}
        listed = re.findall(r'^LOSS\("(.+?)", "(\w+)", call,', (TOP / "user/model/loss_list.inc").read_text(), re.M)
        self.assertGreater(len(listed), 10)
        by_a_macro = {("net/netfilter/nf_tables_core.c", "nft_do_chain")}
        self.assertEqual(set(listed) - freed, by_a_macro)

    def test_inlined_functions_have_probes(self):
        self.assertLessEqual({row[:2] for row in self.inlined}, {row[:2] for row in self.probes})
        self.assertIn(("net/xfrm/xfrm_output.c", "xfrm_output_one", "xfrm_output_resume"), self.inlined)
        self.assertIn(("net/xfrm/xfrm_policy.c", "xfrm_tmpl_resolve_one", "xfrm_lookup_with_ifid"), self.inlined)

    def test_modules(self):
        modules = {row[5].strip('"'): row[4] for row in self.probes if row[5] != "nullptr"}
        self.assertEqual(modules, {
            "esp4": "CONFIG_INET_ESP", "esp6": "CONFIG_INET6_ESP", "ip_vti": "CONFIG_NET_IPVTI",
            "ip6_vti": "CONFIG_IPV6_VTI", "xfrm_interface": "CONFIG_XFRM_INTERFACE", "xfrm_iptfs": "CONFIG_XFRM_IPTFS",
            "pktgen": "CONFIG_NET_PKTGEN CONFIG_XFRM", "ipv6": "CONFIG_IPV6 CONFIG_XFRM",
            "mlx5_core": "CONFIG_MLX5_CORE CONFIG_MLX5_EN_IPSEC"})

    def test_header_compiles_as_c_and_cpp(self):
        for compiler, language in (("cc", "c"), ("c++", "c++")):
            if not shutil.which(compiler):
                self.skipTest(f"{compiler} is not installed")
            code = '#include "counters.h"\n#include "counters.h"\nint some[XFRM_COUNTER_MAX > XfrmInError ? 1 : -1];\n'
            subprocess.run([compiler, "-x", language, "-I", str(TOP / "bpf"), "-Wall", "-Wextra", "-Werror",
                            "-fsyntax-only", "-"], input=code, text=True, check=True)


if __name__ == "__main__":
    unittest.main()
