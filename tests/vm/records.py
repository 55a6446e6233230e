# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads /out/records, in which the guest wrote what it expected, and what the kernel counted."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Reading:
    """The counters of one network namespace at one moment; those that are 0 are left out."""
    inum: int
    counters: Counter = field(default_factory=Counter)


@dataclass
class Run:
    """One run of xfrm-snap: the readings of all namespaces when it started and when it had ended."""
    name: str
    start: dict = field(default_factory=dict)
    stop: dict = field(default_factory=dict)
    code: int | None = None
    error: str = ""


@dataclass
class Scenario:
    """What one scenario expected, and what the kernel counted in its namespaces, by their names."""
    name: str
    run: str
    expected: list = field(default_factory=list)
    netns: dict = field(default_factory=dict)
    before: dict = field(default_factory=dict)
    after: dict = field(default_factory=dict)
    skip: str = ""
    error: str = ""
    took_ms: int = 0

    def rises(self):
        """The kernel's rise as {(netns name, counter): number}, without zeros."""
        return rises(self.before, self.after)

    def counted(self):
        """What it expected that a counter counts."""
        return [one for one in self.expected if "loss" not in one]

    def expected_losses(self):
        """The losses that it expected, as {(netns name, cause): number}."""
        total = Counter()
        for one in self.expected:
            if "loss" in one:
                total[(self.netns.get(one["netns"], one["netns"]), one["loss"])] += int(one["n"])
        return dict(total)

    def expected_rises(self):
        """The rise that the scenario expected, in the same form."""
        total = Counter()
        for one in self.counted():
            total[(self.netns.get(one["netns"], one["netns"]), one["counter"])] += int(one["n"])
        return dict(total)


@dataclass
class Records:
    """All that one guest wrote. `ended` says whether it came to its end."""
    runs: dict = field(default_factory=dict)
    scenarios: list = field(default_factory=list)
    ended: bool = False


def rises(before, after):
    """What the counters rose between two sets of readings, as {(netns name, counter): number}, without zeros."""
    found = {}
    for name, reading in after.items():
        old = before[name].counters if name in before else Counter()
        for counter, value in reading.counters.items():
            if value != old[counter]:
                found[(name, counter)] = value - old[counter]
    return found


def add_reading(readings, words):
    """Takes NETNS INUM - or NETNS INUM COUNTER VALUE into readings."""
    reading = readings.setdefault(words[0], Reading(int(words[1])))
    if len(words) == 4:
        reading.counters[words[2]] = int(words[3])


class Parser:
    """Takes the lines one by one; every kind of line has a method."""

    def __init__(self):
        self.records = Records()
        self.run = None
        self.scenario = None

    def line(self, text):
        """Takes one line."""
        kind, *words = text.split()
        getattr(self, "take_" + kind.replace("-", "_"))(words)

    def take_run(self, words):
        """A run begins: the main one, or one of a scenario's own."""
        self.run = self.records.runs[words[0]] = Run(words[0])
        if self.scenario:
            self.scenario.run = words[0]

    def take_start(self, words):
        """A reading from before the run."""
        add_reading(self.run.start, words)

    def take_stop(self, words):
        """A reading from after the run."""
        add_reading(self.run.stop, words)

    def take_run_end(self, words):
        """The run's exit code."""
        self.run.code = int(words[1])
        self.run = None

    def take_snap_error(self, words):
        """xfrm-snap did not get ready."""
        self.run.error = " ".join(words)

    def take_scenario(self, words):
        """A scenario begins."""
        self.scenario = Scenario(words[0], self.run.name if self.run else "")
        self.records.scenarios.append(self.scenario)

    def take_expect(self, words):
        """One expectation: KEY=VALUE..."""
        self.scenario.expected.append(dict(word.split("=", 1) for word in words))

    def take_netns(self, words):
        """A key and the name of its namespace."""
        self.scenario.netns[words[0]] = words[1]

    def take_before(self, words):
        """A reading from before the packets."""
        add_reading(self.scenario.before, words)

    def take_after(self, words):
        """A reading from after the packets."""
        add_reading(self.scenario.after, words)

    def take_skip(self, words):
        """The features that are missing."""
        self.scenario.skip = " ".join(words)

    def take_error(self, words):
        """The scenario's script failed."""
        self.scenario.error = " ".join(words)

    def take_took(self, words):
        """The scenario's time; it is over."""
        self.scenario.took_ms = int(words[0])
        self.scenario = None

    def take_end(self, _words):
        """The guest came to its end."""
        self.records.ended = True


def parse(text):
    """The Records that the guest's text holds."""
    parser = Parser()
    for line in text.splitlines():
        if line.strip():
            parser.line(line)
    return parser.records
