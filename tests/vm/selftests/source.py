# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The kernel's own tests of XFRM, out of Debian's linux-source, and the tools that they call."""

import pathlib
import subprocess

import debian

SUITE = "trixie"
TESTS = "tools/testing/selftests/net"
TOOLS = ("iptables", "libxtables12", "libnftnl11", "libmnl0", "iputils-ping", "libcap2", "libidn2-0", "libunistring2",
         "coreutils", "bash", "libtinfo6")
PROGRAMS = {"usr/sbin/xtables-nft-multi": "iptables", "bin/ping": "ping", "usr/bin/sort": "sort", "bin/mktemp": "mktemp",
            "bin/bash": "bash"}
EXTENSIONS = ("libxt_policy.so", "libxt_standard.so", "libipt_icmp.so")  # of iptables
LIBRARIES = "usr/lib/x86_64-linux-gnu"


def fetch(folder):
    """The folder with the tests; without a look at the network if it is there."""
    def choose(suite):
        return [name for name in suite.depends("linux-source") if name.startswith("linux-source-")]

    def fill(root):
        [deb] = debian.download(folder, SUITE, choose)
        unpack = f"dpkg-deb --fsys-tarfile '{deb}' | tar -xO --wildcards '*.tar.xz' | xz -dc -T0 | " \
                 f"tar -x -C '{root}' --strip-components=1 --wildcards '*/{TESTS}'"
        subprocess.run(["bash", "-o", "pipefail", "-c", unpack], check=True)
        pathlib.Path(deb).unlink()
    return debian.once(folder, fill) / TESTS


def files(folder):
    """What a guest needs, as pairs of a file here and its path there."""
    tests = fetch(folder / "source")
    root = debian.unpack(folder / "tools", "bookworm", TOOLS)
    homes = [root / LIBRARIES, root / LIBRARIES.removeprefix("usr/")]
    needed = set().union(*(debian.libraries(root / one, root, homes) for one in PROGRAMS))
    return [*((path, f"/lab/net/{path.name}") for path in sorted(tests.glob("*.sh"))),
            *((root / path, f"/lab/{name}") for path, name in PROGRAMS.items()),
            (root / "usr/sbin/xtables-nft-multi", "/lab/iptables-save"),
            *((homes[0] / "xtables" / one, f"/{LIBRARIES}/xtables/{one}") for one in EXTENSIONS),
            *((path, f"/{LIBRARIES}/{path.name}") for home in homes for path in sorted(home.glob("*.so.*"))),
            *((path, path) for path in sorted(needed))]
