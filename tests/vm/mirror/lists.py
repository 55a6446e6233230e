# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Compares states and policies printed by show with those printed by ip(8)."""

from collections import Counter, defaultdict

import lines

from . import ip_xfrm
from .common import equal, few, read

NOT_MIRRORED = frozenset({"seq"})  # the number of the acquire


def by_netns(text):
    """The text of show, in parts by the names of netns."""
    parts, name = defaultdict(list), None
    for line in text.splitlines(keepends=True):
        if line.startswith("netns "):
            name = line.split()[1]
        else:
            parts[name].append(line)
    return {name: "".join(part) for name, part in parts.items()}


def parser_of(what):
    """The reader of states or policies."""
    return ip_xfrm.parse_states if what == "states" else ip_xfrm.parse_policies


def ip_list(folder, netns, what):
    """What ip(8) said of states or policies of a netns."""
    return parser_of(what)(read(folder / "ip" / f"{netns}.{what}"))


def compare(folder, netns, what, text, ip_version):
    """Problems where the text of show is not what ip(8) says. -s in both if `what` ends in it."""
    plain = what.removesuffix("-s")
    theirs = ip_list(folder, netns, what) if plain == what else parser_of(plain)(read(folder / "ip" / f"{netns}.{what}"))
    ours = parser_of(plain)(text)
    ignore = ip_xfrm.unknown_to(ip_version) | NOT_MIRRORED
    return few([f"{netns}: {problem}" for problem in ip_xfrm.compare(theirs, ours, ignore)])


def netns_listed(folder):
    """The names of netns of which ip(8) was asked."""
    return sorted({path.name.rsplit(".", 2)[0] for path in (folder / "ip").glob("*.gz")})


def compare_all(folder, name, what, ip_version):
    """Problems where what show said (/out/CASE/NAME) is not what ip(8) said, in any netns."""
    parts = by_netns(read(folder / name))
    problems = equal(f"{name}: exit code", read(folder / f"{name}.code").strip(), "0")
    if problems:
        return problems + [read(folder / f"{name}.err")]
    for netns in netns_listed(folder):
        problems += compare(folder, netns, what, parts.pop(netns, ""), ip_version)
    return problems + [f"{name}: it shows netns {netns}, which ip(8) was not asked of" for netns in parts]


def json_key(state):
    """What tells a state of JSON lines from others."""
    value, mask = state["mark"].split("/")
    mark = None if value == mask == "0x0" else f"{value}/{mask}"
    return (state["src"], state["dst"], state["proto"], int(state["spi"], 0), state["reqid"], state["mode"], mark,
            int(state["if_id"], 0))


def ip_key(state):
    """The same of a state that ip(8) printed."""
    return (state["src"], state["dst"], str(state["proto"]), state.get("spi", 0), state["reqid"], state["mode"],
            state.get("mark"), state.get("if_id", 0))


def compare_json(folder, found):
    """Problems where the states of JSON lines are not those that ip(8) says."""
    problems = []
    mine = defaultdict(Counter)
    for one in found:
        mine[lines.field(one, "netns.name")][json_key(one["state"])] += 1
    for netns in netns_listed(folder):
        theirs = Counter(map(ip_key, ip_list(folder, netns, "states")))
        ours = mine.pop(netns, Counter())
        problems += few([f"{netns}: only in ip: {key}" for key in theirs - ours])
        problems += few([f"{netns}: only in xfrm-snap: {key}" for key in ours - theirs])
    return problems + [f"states in netns {netns}, which ip(8) was not asked of" for netns in mine]
