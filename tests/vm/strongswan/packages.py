# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""strongSwan of Debian 12."""

import debian

PACKAGES = ("strongswan-charon", "strongswan-swanctl", "libstrongswan", "strongswan-libcharon")
PLUGINS = ("aes", "sha1", "sha2", "hmac", "kdf", "gmp", "random", "nonce", "kernel-netlink", "socket-default", "vici")


def files(folder):
    """What a guest needs, as pairs of a file here and its path there."""
    root = debian.unpack(folder, "bookworm", PACKAGES)
    home = root / "usr/lib/ipsec"
    programs = [home / "charon", root / "usr/sbin/swanctl", *(home / f"plugins/libstrongswan-{one}.so" for one in PLUGINS)]
    own = [*programs, *home.glob("*.so.0")]
    needed = set().union(*(debian.libraries(one, root, [home]) for one in own))
    # Folders come without the libraries that they need, which are added by themselves.
    return [(home, "/usr/lib/ipsec"), (root / "usr/sbin", "/lab/swan"), *((path, path) for path in sorted(needed))]
