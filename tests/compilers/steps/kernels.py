# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The kernels that are built: which source, by which compiler, with which options."""

from typing import NamedTuple

# Everything that counts errors, built in, with types that every pahole reads. Without Xen, whose calls a running kernel has
# patched away.
ALWAYS = """
    XFRM_USER=y XFRM_INTERFACE=y NET_KEY=y INET_ESP=y INET6_ESP=y INET_AH=y INET6_AH=y INET_IPCOMP=y INET6_IPCOMP=y
    INET_ESP_OFFLOAD=y INET6_ESP_OFFLOAD=y NET_IPVTI=y IPV6_VTI=y NET_PKTGEN=y INET_ESPINTCP=y INET6_ESPINTCP=y
    XFRM_IPTFS=y DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT=n DEBUG_INFO_DWARF4=y DEBUG_INFO_BTF=n SYSTEM_TRUSTED_KEYRING=n
    WERROR=n XEN_PV=n XEN=n
"""
SMALL = "CC_OPTIMIZE_FOR_PERFORMANCE=n CC_OPTIMIZE_FOR_SIZE=y"
SANITIZED = "KASAN=y KASAN_GENERIC=y KASAN_INLINE=y KASAN_VMALLOC=y UBSAN=y"
RANDOM = "RANDSTRUCT_NONE=n RANDSTRUCT_FULL=y"
THIN = "LTO_NONE=n LTO_CLANG_THIN=y CFI_CLANG=y CFI=y"


class Kernel(NamedTuple):
    """One image to be built."""
    source: str       # of linux-source-SOURCE.tar.xz
    lab: str          # the laboratory's kernel whose configuration is taken
    compiler: str     # a command
    options: str = ""
    lto: bool = False


KERNELS = {
    "gcc-11": Kernel("6.12", "6.12", "gcc-11"),
    "gcc-12": Kernel("6.12", "6.12", "gcc-12"),
    "gcc-12-os": Kernel("6.12", "6.12", "gcc-12", SMALL),
    "gcc-12-kasan": Kernel("6.12", "6.12", "gcc-12", SANITIZED),
    "gcc-12-7.x": Kernel("7.*", "7.x", "gcc-12"),
    "gcc-14": Kernel("6.12", "6.12", "gcc-14"),
    "clang-14": Kernel("6.1", "6.1", "clang-14"),
    "clang-16-randstruct": Kernel("6.12", "6.12", "clang-16", RANDOM),
    "clang-19": Kernel("6.12", "6.12", "clang-19"),
    "clang-19-lto": Kernel("6.12", "6.12", "clang-19", THIN, True),
    "clang-19-lto-7.x": Kernel("7.*", "7.x", "clang-19", THIN, True),
}

# What holds increments, what is inlined into that, and what is called with packets, whose types matter. Those that a version
# lacks are left out.
OBJECTS = """
    net/xfrm/
    net/ipv4/xfrm4_policy.o net/ipv4/xfrm4_state.o net/ipv4/xfrm4_input.o net/ipv4/xfrm4_output.o
    net/ipv4/xfrm4_protocol.o net/ipv4/esp4.o net/ipv4/esp4_offload.o net/ipv4/ah4.o net/ipv4/ip_vti.o
    net/ipv4/ip_forward.o
    net/ipv6/xfrm6_policy.o net/ipv6/xfrm6_state.o net/ipv6/xfrm6_input.o net/ipv6/xfrm6_output.o
    net/ipv6/xfrm6_protocol.o net/ipv6/esp6.o net/ipv6/esp6_offload.o net/ipv6/ah6.o net/ipv6/ip6_vti.o
    net/core/dst.o net/core/pktgen.o net/core/skbuff.o
""".split()
