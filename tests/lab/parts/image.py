# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Makes the guest's initramfs: a base archive cached per label, and a small one for each run."""

import hashlib
import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile
import time

from . import cpio, modules, userland

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = ("ip", "tc", "ss", "bpftool", "nft")  # those of them that the host has
DATA = ("/etc/protocols", "/etc/services", "/etc/iproute2", "/usr/share/iproute2")
FOLDERS = ("/proc", "/sys", "/dev", "/run", "/tmp", "/out", "/lab", "/root", "/etc", "/var/lib")
LINKS = {"/var/run": "/run", "/bin/sh": "dash", "/sbin/modprobe": "/bin/busybox", "/etc/mtab": "/proc/mounts"}

MODULES = """
    esp4 esp6 ah4 ah6 ipcomp ipcomp6 xfrm_user xfrm_interface ip_vti ip6_vti af_key xfrm_algo xfrm_ipcomp
    esp4_offload esp6_offload xfrm4_tunnel xfrm6_tunnel tunnel4 tunnel6 xfrm_iptfs
    veth dummy netkit vxlan ip_gre ip6_gre ipip sit ip6_tunnel bridge pktgen
    sch_ingress cls_bpf cls_u32 cls_matchall act_bpf act_skbedit act_mirred act_gact sch_netem sch_prio
    nf_tables nft_counter nft_xfrm nft_chain_nat
    gcm ccm ctr cbc ghash_generic aes_generic aesni_intel seqiv echainiv authenc authencesn hmac
    sha1_generic sha256_generic sha512_generic sha1 sha256 sha512 md5 chacha20poly1305
    drbg jitterentropy_rng deflate crypto_null cryptd pcrypt crc32c_generic
""".split()


def add(archive, programs, source, path):
    """Adds a file or folder of the host at path; a program with its libraries, where its loader looks for them."""
    archive.copy(source, path)
    for library, place in [] if os.path.isdir(source) else programs.libraries(source):
        archive.copy(library, place)


def add_busybox(archive, programs, real):
    """Adds busybox's applets, save those whose real tool is in the image, or that would be a second shell. This machine's own
    busybox has the same ones."""
    add(archive, programs, programs.path("busybox"), "/bin/busybox")
    applets = subprocess.run([userland.Host().path("busybox"), "--list"], capture_output=True, text=True, check=True).stdout.split()
    for applet in set(applets) - set(real) - {"busybox", "sh", "ash", "init", "linuxrc"}:
        archive.link(f"/applets/{applet}", "/bin/busybox")


class Tree:
    """The module tree of one kernel: what it has as modules and what is built in."""

    def __init__(self, folder):
        self.root = pathlib.Path(folder) / "modules"
        self.version = (pathlib.Path(folder) / "version").read_text().strip()
        self.paths, self.needs = modules.load_dep(self.root)
        self.builtin = {modules.name_of(line): line
                        for line in (self.root / "modules.builtin").read_text().splitlines()}

    def chosen(self, wanted):
        """The wanted modules that exist, with all they need, in a fixed order."""
        names = [modules.canonical(n) for n in wanted]
        found = {n for n in names if n in self.paths}
        return sorted(found.union(*(self.needs[n] for n in found)))

    def missing(self, wanted):
        """The wanted modules that this kernel neither has nor has built in."""
        return [n for n in map(modules.canonical, wanted) if n not in self.paths and n not in self.builtin]

    def aliases(self, names):
        """The lines of modules.alias that lead to one of names."""
        lines = (self.root / "modules.alias").read_text().splitlines()
        kept = set(names)
        return [line for line in lines if line.rsplit(" ", 1)[-1] in kept]


def add_index(archive, tree, names):
    """Adds the files that tell modprobe where names are and what they need."""
    home = f"/lib/modules/{tree.version}"
    plain = {n: modules.plain_path(tree.paths[n]) for n in names}
    lines = [f"{plain[n]}:{''.join(' ' + plain[d] for d in tree.needs[n])}\n" for n in names]
    archive.text(f"{home}/modules.dep", "".join(lines))
    archive.text(f"{home}/modules.alias", "\n".join(tree.aliases(names)) + "\n")
    archive.text(f"{home}/modules.builtin", "\n".join(tree.builtin.values()) + "\n")


def add_modules(archive, tree, names):
    """Adds the modules themselves, decompressed."""
    for name in names:
        path = f"/lib/modules/{tree.version}/{modules.plain_path(tree.paths[name])}"
        archive.file(path, modules.read(tree.root / tree.paths[name]))


def write_base(stream, tree, programs, tools):
    """Writes the archive that every run of one label shares."""
    with cpio.Archive(stream) as archive:
        for folder in FOLDERS:
            archive.folder(folder, 0o1777 if folder == "/tmp" else 0o755)
        archive.device("/dev/console", 5, 1)
        archive.device("/dev/null", 1, 3)
        for path, target in LINKS.items():
            archive.link(path, target)
        add(archive, programs, programs.path("dash"), "/bin/dash")
        for tool, source in tools.items():
            add(archive, programs, source, f"/usr/sbin/{tool}")
        add_busybox(archive, programs, tools)
        for path in filter(os.path.exists, DATA):
            archive.copy(path, path)
        add_modules(archive, tree, tree.chosen(MODULES))
        archive.copy(HERE / "guest-init", "/init")


def base_key(folder, programs, tools):
    """A name for the base archive that changes with anything it is made of."""
    files = [*tools.values(), programs.path("busybox"), programs.path("dash")]
    sources = [*files, *HERE.glob("*.py"), HERE / "guest-init", folder / "version"]
    sources += {library for file in files for library, _ in programs.libraries(file)}
    stats = [(str(s), os.stat(s).st_size, os.stat(s).st_mtime_ns) for s in sorted(map(str, sources))]
    return hashlib.sha256(repr(stats).encode()).hexdigest()[:16]


def drop_stale(cache):
    """Removes base archives a day old: younger ones may be in use by another run."""
    for old in cache.glob("base-*.cpio"):
        if time.time() - old.stat().st_mtime > 86400:
            old.unlink(missing_ok=True)


def base(folder, tree, programs):
    """The path of the label's base archive, which is made if it is not there or out of date."""
    tools = {tool: programs.path(tool) for tool in TOOLS if programs.path(tool)}
    cache = folder / "cache"
    goal = cache / f"base-{base_key(folder, programs, tools)}.cpio"
    if goal.exists():
        return goal
    cache.mkdir(exist_ok=True)
    drop_stale(cache)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".new-") as temp:
        with open(f"{temp}/base", "wb") as stream:
            write_base(stream, tree, programs, tools)
        os.replace(f"{temp}/base", goal)
    return goal


def run_text(label, script, arguments):
    """The shell script that starts the host's script in the guest."""
    words = " ".join(map(shlex.quote, [f"/lab/{script.name}", *arguments]))
    shell = "" if os.access(script, os.X_OK) else "/bin/sh "
    return f"#!/bin/sh\nexport LAB_LABEL={shlex.quote(label)}\ncd /lab || exit 125\nexec {shell}{words}\n"


def write_run(stream, tree, programs, job):
    """Writes the archive of one run: its script, files and extra modules."""
    names = tree.chosen([*MODULES, *job.modules])
    with cpio.Archive(stream) as archive:
        add(archive, programs, job.script, f"/lab/{job.script.name}")
        for source, path in job.files:
            add(archive, programs, source, path)
        add_modules(archive, tree, sorted(set(names) - set(tree.chosen(MODULES))))
        add_index(archive, tree, names)
        archive.text("/etc/lab-load", "".join(f"{n}\n" for n in job.modules))
        archive.text("/etc/lab-missing", "".join(f"{n}\n" for n in tree.missing([*MODULES, *job.modules])))
        archive.text("/etc/lab-run", run_text(job.label, job.script, job.arguments), 0o755)


def write(path, folder, job):
    """Writes the whole initramfs of one run to path."""
    tree, programs = Tree(folder), userland.of(job.label)
    with open(path, "wb") as stream:
        with open(base(folder, tree, programs), "rb") as shared:
            shutil.copyfileobj(shared, stream, 1 << 20)
        write_run(stream, tree, programs, job)
