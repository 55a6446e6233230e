# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks lines of xfrm-snap --json against docs/schema.json."""

import json
import pathlib

import lines

try:
    import jsonschema
except ImportError:  # sudo make deps NEEDS=extra
    jsonschema = None

PATH = pathlib.Path(__file__).resolve().parents[2] / "docs/schema.json"
SCHEMA = json.loads(PATH.read_text())
VALIDATORS = {} if jsonschema is None else {
    kind: jsonschema.Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": SCHEMA["$defs"]})
    for kind in ("ready", "error", "loss", "change", "summary", "loss-site", "absent-loss")}


def of_output(text):
    """What is wrong with the form of each line of an output, each problem once."""
    found = {}
    for number, line in enumerate(lines.parse(text)[0], 1):
        for problem in problems(line):
            found.setdefault(problem, number)
    return [f"line {number}: {problem}" for problem, number in found.items()]


def problems(line):
    """What is wrong with the form of a line; lines of other kinds, most of show and probes, are not judged."""
    validator = VALIDATORS.get(line.get("type"))
    if validator is None:
        return []
    return [f"{line['type']}: {'/'.join(map(str, one.path))}: {one.message[:200]}" for one in validator.iter_errors(line)]
