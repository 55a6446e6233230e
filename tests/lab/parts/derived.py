# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Adds to a kernel's folder what is derived from its image and modules."""

from . import kernel, modules


def types_in_elf(folder, image):
    """The section .BTF of the ELF kernel that is in the image, and is added to the folder; None if it has none."""
    elf = kernel.vmlinux(image)
    (folder / "vmlinux").write_bytes(elf)
    return kernel.section(elf, ".BTF")


def derive(folder):
    """Adds what is derived from the packages' files: vmlinux (of x86-64), vmlinux.btf and modules.dep."""
    image = (folder / "vmlinuz").read_bytes()
    btf = kernel.types_in(image) if kernel.is_arm64(image) else types_in_elf(folder, image)
    if btf is None:
        raise kernel.KernelError("the kernel has no .BTF section")
    (folder / "vmlinux.btf").write_bytes(btf)
    if not (folder / "modules/modules.dep").exists():
        modules.index(folder / "modules")
