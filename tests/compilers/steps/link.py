# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Links objects of a kernel without the rest of it: each symbol that they lack gets an address of its own."""

import subprocess

from .compile import run

TEXT, ELSEWHERE = 0xffffffff81000000, 0xffffffff90000000

SCRIPT = """\
{symbols}
SECTIONS {{
  . = {text:#x};
  .text : {{ *(.text .text.* .noinstr.text .ref.text .init.text .exit.text .sched.text .softirqentry.text .cpuidle.text) }}
  /DISCARD/ : {{ *(.discard.*) *(.modinfo) }}
}}
"""


def names(tool, path, *words):
    """What nm prints, split into words."""
    text = subprocess.run([tool, *words, path], check=True, capture_output=True, text=True).stdout
    return [line.split() for line in text.splitlines()]


def link(kernel, objects, out, log):
    """The linked file."""
    one, script, linked = out / "one.o", out / "link.lds", out / "linked"
    if kernel.lto:
        suffix = kernel.compiler.removeprefix("clang")
        run(log, f"ld.lld{suffix}", "-r", "-m", "elf_x86_64", "-mllvm", "-import-instr-limit=5", "-o", one, *objects)
        run(log, out / "tools/objtool/objtool", "--hacks=jump_label", "--link", one)
    else:
        run(log, "ld", "-r", "-m", "elf_x86_64", "-o", one, *objects)
    lacked = sorted({words[-1] for words in names("nm", one, "-u")})
    symbols = "\n".join(f'"{name}" = {ELSEWHERE + 16 * i:#x};' for i, name in enumerate(lacked))
    script.write_text(SCRIPT.format(symbols=symbols, text=TEXT))
    run(log, "ld", "-m", "elf_x86_64", "-z", "noexecstack", "--no-warn-rwx-segments", "-T", script, "-e", "0", "-o", linked, one)
    return linked


def image(linked, release, maker, goal, log):
    """Writes what the program would save of a running kernel with this text."""
    folder = linked.parent
    kallsyms, text, btf = (folder / f"linked.{name}" for name in ("kallsyms", "text", "btf"))
    lines = []
    for address, kind, name in (words for words in names("nm", linked, "-n") if len(words) == 3):
        lines.append(f"{address} {'T' if kind in 'Aa' else kind} {name}\n")
    kallsyms.write_text("".join(lines))
    run(log, "objcopy", "-O", "binary", "-j", ".text", linked, text)
    run(log, "pahole", "--skip_encoding_btf_vars", f"--btf_encode_detached={btf}", linked)
    run(log, maker, release, kallsyms, text, f"{TEXT:x}", btf, goal)
