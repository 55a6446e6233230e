# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads what tc(8) and bpf(2) say of a netns, and what xfrm-snap says, as sets of tuples that can be compared."""

import json

SIDES = {"ingress": "ffff:fff2", "egress": "ffff:fff3"}


class CannotRead(Exception):
    """A word that this reader does not know."""


def load(path):
    """The JSON list in a file; tc prints nothing at all of an empty one."""
    text = path.read_text(errors="replace").strip() if path.exists() else ""
    return json.loads(text) if text else []


def qdisc_of_tc(one):
    """A qdisc of `tc -j qdisc show`."""
    parent = "root" if one.get("root") else one.get("parent")
    return ("qdisc", one["dev"], one["kind"], one["handle"], parent, one.get("refcnt") if one.get("root") else None)


def filter_of_tc(one, dev, parent):
    """A filter of `tc -j filter show dev DEV ...`; None: the heading of those of one preference."""
    options = one.get("options") or {}
    handle = options.get("fh") or options.get("handle")
    if handle is None or "ht_divisor" in options:  # nor a hash table of u32
        return None
    if isinstance(handle, int):
        handle = hex(handle)
    prog = options.get("prog") or {}
    return ("filter", dev, parent, one["protocol"], one["pref"], one["kind"], one.get("chain", 0), handle,
            options.get("bpf_name"), options.get("direct-action", False) if one["kind"] == "bpf" else None,
            prog.get("id"), prog.get("name"), prog.get("tag"))


def programs_of_query(path, what, dev, side):
    """Programs as BPF_PROG_QUERY lists them, in their order."""
    rows = [line.split() for line in path.read_text().splitlines()]
    return {(what, dev, side, at, int(prog), int(link) or None) for at, (prog, link) in enumerate(rows)}


def one_sided(folder):
    """Devices with qdisc ingress: their one block is listed for both sides."""
    return {one["dev"] for one in load(folder / "qdisc") if one["kind"] == "ingress"}


def of_bpftool(folder):
    """Programs of cls_bpf at both sides of the devices, as `bpftool -j net show` lists them; None: it said nothing."""
    sides, alone = {"clsact/ingress": "ingress", "clsact/egress": "egress"}, one_sided(folder)
    found = load(folder / "bpftool")
    if not found:
        return None
    return {(one["devname"], "ingress" if one["devname"] in alone else sides[one["kind"]], one["name"], one["id"])
            for one in found[0]["tc"] if one["kind"] in sides}


def programs_of_snap(rows):
    """The same of xfrm-snap's rows."""
    sides = {parent: side for side, parent in SIDES.items()}
    return {(row[1], sides[row[2]], row[8], row[10]) for row in rows
            if row[0] == "filter" and row[5] == "bpf" and row[2] in sides}


def read_netns(folder):
    """All that the kernel says of the netns whose lists are in this folder."""
    found = {qdisc_of_tc(one) for one in load(folder / "qdisc")}
    alone = one_sided(folder)
    for path in sorted(folder.iterdir()):
        kind, _, dev = path.name.partition(".")
        if kind == "egress" and dev in alone:
            continue
        if kind in ("ingress", "egress", "root"):
            for one in load(path):
                parent = one.get("parent") if kind == "root" else SIDES[kind]
                found.add(filter_of_tc(one, dev, SIDES.get(parent, parent)))
        elif kind.startswith("tcx_"):
            found |= programs_of_query(path, "tcx", dev, kind[4:])
        elif kind == "netkit":
            found |= programs_of_query(path, "netkit", dev, "egress")
    return found - {None}


def of_snap(one):
    """A line of `xfrm-snap show tc --json`."""
    row = one["tc"]
    prog = row["prog"] or {}
    if row["what"] == "qdisc":
        refs = row["refcnt"] if row["parent"] == "root" else None
        return ("qdisc", row["ifname"], row["kind"], row["handle"], row["parent"], refs)
    if row["what"] == "filter":
        return ("filter", row["ifname"], row["parent"], row["protocol"], row["pref"], row["kind"], row["chain"],
                row["handle"], row["label"], row["direct_action"], prog.get("id"), prog.get("name"), prog.get("tag"))
    if row["what"] in ("tcx", "netkit"):
        return (row["what"], row["ifname"], row["direction"], row["position"], prog.get("id"), row["link"])
    raise CannotRead(str(row))


def compare(folder, shown):
    """Problems, and how many rows were equal: the kernel's lists of all netns in `folder` against xfrm-snap's lines."""
    problems, equal = [], 0
    for netns in sorted(path for path in folder.iterdir() if path.is_dir()):
        inum = int((netns / "inum").read_text())
        theirs = read_netns(netns)
        ours = [of_snap(one) for one in shown if one["netns"]["inum"] == inum]
        equal += len(theirs & set(ours))
        problems += [f"{netns.name}: only the kernel has {one}" for one in sorted(theirs - set(ours), key=str)]
        problems += [f"{netns.name}: only xfrm-snap has {one}" for one in sorted(set(ours) - theirs, key=str)]
        listed = of_bpftool(netns)
        if listed != programs_of_snap(ours):
            problems.append(f"{netns.name}: bpftool has {listed}, xfrm-snap {programs_of_snap(ours)}")
        if len(ours) != len(set(ours)):
            problems.append(f"{netns.name}: xfrm-snap has rows twice")
    return problems, equal
