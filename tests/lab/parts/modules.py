# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads kernel modules and their dependencies, and writes the index files that modprobe reads."""

import pathlib
import subprocess
from concurrent.futures import ThreadPoolExecutor

from . import kernel

DECOMPRESSORS = {".xz": ["xz", "-dc"], ".zst": ["zstd", "-dcq"], ".gz": ["gzip", "-dc"]}


def canonical(name):
    """The module's name as the kernel spells it."""
    return name.replace("-", "_")


def name_of(path):
    """The module's name, from a path such as kernel/net/ipv4/esp4.ko.xz."""
    return canonical(pathlib.PurePath(path).name.split(".ko")[0])


def plain_path(path):
    """The path a module has once it is decompressed."""
    return path.split(".ko")[0] + ".ko"


def read(path):
    """The module's ELF file, decompressed."""
    tool = DECOMPRESSORS.get(pathlib.PurePath(path).suffix)
    if tool is None:
        return pathlib.Path(path).read_bytes()
    return subprocess.run(tool + [str(path)], stdout=subprocess.PIPE, check=True).stdout


def modinfo(elf):
    """The module's .modinfo fields, as a list of (key, value) pairs in file order."""
    fields = (kernel.section(elf, ".modinfo") or b"").split(b"\0")
    return [tuple(f.decode("utf-8", "replace").split("=", 1)) for f in fields if b"=" in f]


def closure(name, direct):
    """The names that must be loaded before name, nearest first, as modules.dep lists them."""
    found = []
    waiting = list(direct.get(name, ()))
    while waiting:
        one = waiting.pop(0)
        if one in found:
            found.remove(one)
        found.append(one)
        waiting += direct.get(one, ())
    return found


def dep_text(paths, direct):
    """modules.dep for the modules in paths (name to path), given their direct dependencies."""
    lines = []
    for name, path in paths.items():
        needed = [paths[n] for n in closure(name, direct) if n in paths]
        lines.append(f"{path}:{''.join(' ' + n for n in needed)}\n")
    return "".join(lines)


def alias_text(infos):
    """modules.alias for the modules in infos (name to modinfo)."""
    return "".join(f"alias {value} {name}\n"
                   for name, info in infos.items() for key, value in info if key == "alias")


def direct_of(infos):
    """The direct dependencies of every module in infos, by name."""
    direct = {}
    for name, info in infos.items():
        listed = ",".join(value for key, value in info if key == "depends")
        direct[name] = [canonical(n) for n in listed.split(",") if n]
    return direct


def index(root):
    """Writes modules.dep and modules.alias for every module below root, as depmod would."""
    root = pathlib.Path(root)
    files = sorted(p for p in root.glob("**/*.ko*") if p.is_file())
    paths = {name_of(p): str(p.relative_to(root)) for p in files}
    with ThreadPoolExecutor() as pool:
        infos = dict(zip(map(name_of, files), pool.map(lambda p: modinfo(read(p)), files)))
    (root / "modules.alias").write_text(alias_text(infos))
    (root / "modules.dep").write_text(dep_text(paths, direct_of(infos)))


def load_dep(root):
    """modules.dep below root as two tables: name to path, and name to the names it needs."""
    paths, needs = {}, {}
    for line in (pathlib.Path(root) / "modules.dep").read_text().splitlines():
        path, _, deps = line.partition(":")
        paths[name_of(path)] = path
        needs[name_of(path)] = [name_of(d) for d in deps.split()]
    return paths, needs
