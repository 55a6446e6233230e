# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Builds what the suites need in their guests, boots these, and prints the verdicts that a suite's judge gives."""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

import schema

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
sys.path.insert(0, str(TOP / "tests/lab"))
from parts import processor  # noqa: E402  pylint: disable=wrong-import-position

BUILD = TOP / "build/vm"
LABELS = ("5.10", "6.1", "6.12", "7.x")
OTHER_LABELS = ("6.12-generic", "6.12-rt", "6.12-bookworm", "7.x-generic", "7.x-rt", "sid", "6.12-clang",
                "6.12-built-in", "6.1-arm64", "6.12-arm64", "7.x-arm64")  # played where they are named
CLANGS = ("clang", "clang-19", "clang-18", "clang-17", "clang-16", "clang-15", "clang-14")


@dataclass
class Verdict:
    """How one test went: ok, FAIL or SKIP, with the reasons."""
    name: str
    problems: list = field(default_factory=list)
    skip: str = ""

    def word(self):
        """The first word of its line."""
        return "SKIP" if self.skip else "FAIL" if self.problems else "ok"


@dataclass
class Suite:
    """What the guests of a suite run. `files` are pairs of a file here, or a function that gives it for a label, and its
    path in the guest; `judge` gives the verdicts on a guest, whose /out is in the folder that it gets."""
    name: str
    script: pathlib.Path
    files: list
    judge: object
    modules: str = ""
    seconds: int = 1800
    memory: int = 768
    machine: tuple = ()  # more options of tests/lab/vm


def read(path):
    """A file's text; empty if it is not there."""
    return path.read_text(errors="replace") if path.exists() else ""


def judge_cases(folder, names, judge_case):
    """The verdicts on a guest that played cases: those of `names`, "CASE" or "CASE WHAT", that it began, and its records."""
    cases = [line.split() for line in read(folder / "cases").splitlines()]
    begun = [words[1] for words in cases if words[0] == "begin"]
    ended = {words[1] for words in cases if words[0] == "end"}
    verdicts = [judge_case(folder, name) for name in names if name.split()[0] in begun]
    for verdict in verdicts:
        if verdict.name.split()[0] not in ended:
            verdict.problems.append("it did not come to its end")
    records = [Verdict("guest", [line]) for line in read(folder / "records").splitlines()]
    return verdicts + records + ([] if begun else [Verdict("guest", ["no case was begun"])])


def newer(goal, sources):
    """Whether goal has to be made again."""
    return not goal.exists() or any(one.stat().st_mtime > goal.stat().st_mtime for one in sources)


def make(goal, sources, command):
    """Makes goal out of sources by a command that takes -o PATH; it appears complete or not at all."""
    if newer(goal, sources):
        goal.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=goal.parent) as temp:
            made = pathlib.Path(temp) / goal.name
            subprocess.run([*command, "-o", made], check=True)
            made.rename(goal)
    return goal


def foreign(label):
    """The folder of build/ for what the label's guest runs: "arm64" if its processor is not this machine's, else ""."""
    kind = processor.of(label)
    return "" if kind.native else kind.debian


def compiled(name, sources, label, headers=()):
    """The path of a static program for the label's guest, made if it is not there or out of date."""
    cross = f"{processor.of(label).machine}-linux-gnu-g++"
    compiler = cross if foreign(label) else os.environ.get("CXX", "g++")
    return make(TOP / "build" / foreign(label) / "vm" / name, [*sources, *headers],
                [compiler, "-std=c++20", "-O2", "-Wall", "-Wextra", "-static", *sources])


def sender(label=""):
    """The path of lab-send for the label's guest."""
    return compiled("lab-send", sorted((HERE / "send").glob("*.cpp")), label, list((HERE / "send").glob("*.hpp")))


def faults():
    """The path of the programs that let functions of the kernel fail."""
    source = HERE / "faults.bpf.c"
    clang = os.environ.get("CLANG") or next(filter(shutil.which, CLANGS), "clang")
    return make(BUILD / "faults.o", [source], [clang, "-target", "bpf", "-O2", "-g", "-Wall", "-c", source])


def snap(label=""):
    """The path of the program under test for the label's guest, or None if it is not there."""
    own = pathlib.Path(os.environ.get("XFRM_SNAP", TOP / "xfrm-snap"))
    path = TOP / "build" / foreign(label) / "xfrm-snap" if foreign(label) else own
    return path if path.exists() else None


def for_label(suite, label):
    """The suite with the files for the label's guest."""
    files = [(source(label) if callable(source) else source, path) for source, path in suite.files]
    return replace(suite, files=files)


def out_folder(suite, label):
    """What a guest left in its /out comes here."""
    return BUILD / suite.name / label


def boot(suite, label, arguments):
    """Boots the label's guest, which runs the suite's script, and gives its exit code, messages and seconds."""
    out = out_folder(suite, label)
    shutil.rmtree(out, ignore_errors=True)
    words = [word for source, path in suite.files for word in ("-f", f"{source}:{path}")]
    modules = ["-m", suite.modules] if suite.modules else []
    began = time.monotonic()
    command = [TOP / "tests/lab/vm", label, *modules, "-t", str(suite.seconds), "-M", str(suite.memory), *suite.machine,
               *words, "--out", out, "--", suite.script]
    done = subprocess.run([*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout.decode(errors="replace"), time.monotonic() - began


def judge_lines(folder):
    """The verdict on the form of every line of xfrm-snap that a guest brought back; none if there is none."""
    outputs = {one.relative_to(folder): one.read_text(errors="replace") for one in sorted(folder.rglob("*.json"))}
    if not outputs:
        return []
    if schema.jsonschema is None:
        return [Verdict("schema", skip="jsonschema is not installed: sudo make deps NEEDS=extra")]
    return [Verdict("schema", [f"{name}: {wrong}" for name, text in outputs.items() for wrong in schema.of_output(text)])]


def longest(folder):
    """The cases that took a second or more by the guest's clock, the longest first, as a text."""
    ended = [line.split() for line in read(folder / "cases").splitlines() if line.startswith("end ")]
    took = sorted(((int(words[2]), words[1]) for words in ended if int(words[2]) > 0), reverse=True)
    return ", ".join(f"{name} {seconds}" for seconds, name in took)


def attempt(suite, label, arguments, again):
    """The label's verdicts and how long its guest took; `again` boots nothing."""
    code, text, seconds = (0, "", 0) if again else boot(suite, label, arguments)
    verdicts = suite.judge(out_folder(suite, label)) + judge_lines(out_folder(suite, label))
    if code != 0:
        verdicts.append(Verdict("boot", [f"tests/lab/vm ended with {code}: {text[-3000:]}"]))
    return label, verdicts, seconds, longest(out_folder(suite, label))


def report(label, verdicts, seconds, cases=""):
    """Prints a line per verdict, with details where it failed, and what took how long."""
    for verdict in verdicts:
        note = f" ({verdict.skip})" if verdict.skip else ""
        print(f"{verdict.word()} {label} {verdict.name}{note}")
        for problem in verdict.problems:
            print("    " + problem.replace("\n", "\n    "))
    print(f"# {label}: {seconds:.0f} s{': ' if cases else ''}{cases}", flush=True)


def parser(name, text):
    """A parser of what every suite's command line may say."""
    made = argparse.ArgumentParser(prog=name, description=text, allow_abbrev=False)
    made.add_argument("label", nargs="*", choices=[*LABELS, *OTHER_LABELS, []],
                      help=f"a kernel of tests/lab; default: {' '.join(LABELS)}")
    made.add_argument("-j", dest="jobs", type=int, default=2, metavar="N", help="guests at a time; default: 2")
    made.add_argument("--again", action="store_true", help="boot nothing: judge what the last guests brought back")
    return made


def run(suite, options, arguments, others=()):
    """Runs the suite's guests, if there is a suite, with these arguments, and `others`, each of which gives a label, its
    verdicts and seconds; reports, and gives the exit code."""
    count = Counter()
    labels = (options.label or LABELS) if suite else ()
    with ThreadPoolExecutor(options.jobs) as pool:
        jobs = [*(partial(attempt, for_label(suite, one), one, arguments, options.again) for one in labels), *others]
        for result in pool.map(lambda job: job(), jobs):
            report(*result)
            count.update(verdict.word() for verdict in result[1])
    print(f"{count['ok']} passed, {count['FAIL']} failed, {count['SKIP']} skipped")
    return 1 if count["FAIL"] or not count["ok"] else 0


def missing_snap(name, labels=()):
    """Says for which label there is nothing to test, and gives the exit code; 0: there is for each."""
    for label in labels or LABELS:
        if not snap(label):
            cross = f" ARCH={foreign(label)}" if foreign(label) else ", or set XFRM_SNAP"
            print(f"{name}: there is no xfrm-snap for {label}: build it with make{cross}", file=sys.stderr)
            return 2
    return 0
