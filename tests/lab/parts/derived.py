# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Adds to a kernel's folder what is derived from its image and modules."""

from . import kernel, modules


def derive(folder):
    """Adds what is derived from the packages' files: vmlinux, vmlinux.btf and modules.dep."""
    elf = kernel.vmlinux((folder / "vmlinuz").read_bytes())
    btf = kernel.section(elf, ".BTF")
    if btf is None:
        raise kernel.KernelError("the kernel has no .BTF section")
    (folder / "vmlinux").write_bytes(elf)
    (folder / "vmlinux.btf").write_bytes(btf)
    if not (folder / "modules/modules.dep").exists():
        modules.index(folder / "modules")
