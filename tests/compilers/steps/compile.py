# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Configures a kernel's source and compiles its XFRM objects."""

import os
import pathlib
import shutil
import subprocess

from .kernels import ALWAYS, OBJECTS

LOG = "log"  # in the folder of what is built


class BuildError(Exception):
    """A step failed; the text says which and where its output is."""


def run(log, *command, **more):
    """Runs a step, its output in the log."""
    with open(log, "a", encoding="utf-8") as output:
        output.write(f"+ {' '.join(map(str, command))}\n")
        output.flush()
        done = subprocess.run([str(word) for word in command], stdout=output, stderr=subprocess.STDOUT, check=False, **more)
    if done.returncode:
        raise BuildError(f"{pathlib.Path(command[0]).name} failed: see {log}")


def unpack(sources, version, folder):
    """The tree of a source package, unpacked once for each of its tarballs."""
    pattern = f"linux-source-{version}.tar.xz"
    found = sorted(sources.glob(pattern))
    if not found:
        raise BuildError(f"there is no {pattern} in {sources}")
    tree = folder / found[-1].name.removesuffix(".tar.xz")
    stamp = str(found[-1].stat().st_mtime_ns)
    note = folder / f".{tree.name}"
    if not note.exists() or note.read_text() != stamp:
        shutil.rmtree(tree, ignore_errors=True)
        subprocess.run(["tar", "-xf", found[-1], "-C", folder], check=True)
        note.write_text(stamp)
    return tree


def tools(kernel):
    """The words that tell make which compiler to take. The host's tools are always the same, and built once."""
    words = [f"CC={kernel.compiler}", "HOSTCC=gcc", "HOSTCXX=g++", f"-j{os.cpu_count()}", "-s"]
    if kernel.lto:
        suffix = kernel.compiler.removeprefix("clang")
        words += [f"LD=ld.lld{suffix}", f"AR=llvm-ar{suffix}", f"NM=llvm-nm{suffix}", f"OBJCOPY=llvm-objcopy{suffix}",
                  f"STRIP=llvm-strip{suffix}", f"READELF=llvm-readelf{suffix}", f"OBJDUMP=llvm-objdump{suffix}"]
    return words


def configure(kernel, tree, out, lab, log):
    """Writes the configuration, and makes what every object needs."""
    shutil.copy(lab / kernel.lab / "config", out / ".config")
    changes = []
    for word in (ALWAYS + kernel.options).split():
        name, _, value = word.partition("=")
        changes += ["--enable" if value == "y" else "--disable", name]
    run(log, tree / "scripts/config", "--file", out / ".config", *changes)
    make = ["make", "-C", tree, f"O={out}", *tools(kernel)]
    run(log, *make, "olddefconfig")
    check(out, kernel)
    run(log, *make, "prepare")


def check(out, kernel):
    """That the options are set: make drops those whose conditions do not hold."""
    lines = set((out / ".config").read_text().splitlines())
    known = {line.removeprefix("# ").removeprefix("CONFIG_").split("=")[0].split(" ")[0] for line in lines}
    for word in kernel.options.split():
        name, _, value = word.partition("=")
        if value == "y" and name in known and f"CONFIG_{name}=y" not in lines:
            raise BuildError(f"CONFIG_{name} cannot be set with {kernel.compiler}")


def objects(kernel, tree, out, log):
    """Compiles, and gives the objects' paths."""
    goals = [goal for goal in OBJECTS if goal.endswith("/") or (tree / goal).with_suffix(".c").exists()]
    for goal in goals:
        for left in (out / goal).glob("*.o") if goal.endswith("/") else [out / goal]:
            left.unlink(missing_ok=True)  # of another configuration, in which it was built
    run(log, "make", "-C", tree, f"O={out}", *tools(kernel), *goals)
    found = []
    for goal in goals:
        found += sorted((out / goal).glob("*.o")) if goal.endswith("/") else [out / goal]
    return [path for path in found if path.exists()]
