# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tells from Makefiles and Kconfig files when a source file is built, and into which module."""

import posixpath
import re

from . import ProbeListError

_RULE = re.compile(r"^[ \t]*([\w.-]+?)-(y|m|objs|\$\([^=]*?\)+)[ \t]*[:+?]?=[ \t]*(.*)$", re.M)

_ENTRY = re.compile(r"^[ \t]*(?:menu)?config[ \t]+(\w+)[ \t]*\n(.*?)"
                    r"(?=^[ \t]*(?:config|menuconfig|choice|menu|endmenu|if|endif|source)\b|\Z)", re.M | re.S)
_TRISTATE = re.compile(r"^\s*(?:def_)?tristate\b", re.M)


class Kbuild:
    """The build rules of one kernel tree."""

    def __init__(self, files):
        self.files = files
        self.tristate = {}
        for name, text in files.items():
            for option, entry in _ENTRY.findall(text) if posixpath.basename(name).startswith("Kconfig") else []:
                self.tristate[option] = self.tristate.get(option, False) or bool(_TRISTATE.search(entry))

    def place(self, path):
        """(the options that must all be set, outermost first; the file's module, None if it is always built in)."""
        if path.endswith(".h"):
            return [], None
        stem, folder = path[:-2], path
        while folder := posixpath.dirname(folder):
            rules = self._rules(folder)
            found = _chain(stem[len(folder) + 1:] + ".o", rules)
            if found:
                return self._described(*found)
        raise ProbeListError(f"no Makefile builds {path}")

    def _rules(self, folder):
        """The [(target, suffix, objects)] of a folder's Makefile."""
        text = "\n".join(self.files.get(f"{folder}/{name}", "") for name in ("Kbuild", "Makefile"))
        text = re.sub(r"#.*", "", text.replace("\\\n", " "))
        return [(target, suffix, value.split()) for target, suffix, value in _RULE.findall(text)]

    def _described(self, suffixes, target):
        options = [option for suffix in suffixes for option in re.findall(r"CONFIG_\w+", suffix)]
        plain = re.fullmatch(r"\$\(CONFIG_(\w+)\)", suffixes[0])
        if plain and plain.group(1) not in self.tristate:
            raise ProbeListError(f"no Kconfig file defines {plain.group(1)}")
        module = plain and self.tristate[plain.group(1)]
        return list(dict.fromkeys(options)), target.replace("-", "_") if module else None


def _chain(wanted, rules):
    """(suffixes of the rules that lead to an object, outermost first; the outermost object's name), or None."""
    for target, suffix, objects in rules:
        if wanted not in objects:
            continue
        if target == "obj":
            return [suffix], posixpath.basename(wanted)[:-2]
        outer = _chain(target + ".o", rules) if target + ".o" != wanted else None
        if outer:
            return outer[0] + [suffix], outer[1]
    return None
