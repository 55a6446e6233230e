# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Finds functions, calls and #if conditions in C source, without preprocessing it."""

import re
from typing import NamedTuple

_NOISE = re.compile(r"""//(?:\\\n|[^\n])*|/\*.*?(?:\*/|\Z)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
_SPACES = re.compile(r"[^\n]")
_GROUP = re.compile(r"(\w+)\s*\(")
_NOT_NAMES = {"__attribute__", "__printf", "__scanf", "__section", "__aligned", "__alias", "__noinstr_section",
              "__diag_ignore_all", "typeof", "__typeof__"}
_ANNOTATIONS = re.compile(r"(?:\s*__\w+(?:\s*\((?:[^()]|\([^()]*\))*\))?)*\s*")
_OPENING, _CLOSING = "([{", ")]}"


class Function(NamedTuple):
    """A function's definition; `start` and `end` are the offsets of its outer braces."""
    name: str
    static: bool
    parameters: str
    start: int
    end: int


class Directive(NamedTuple):
    """A preprocessor line, its continuations included."""
    offset: int
    text: str


def blank(text):
    """The code with comments, literals and preprocessor lines turned into spaces, offsets kept; and those lines."""
    code = _NOISE.sub(lambda match: _SPACES.sub(" ", match.group()), text)
    directives = [Directive(match.start(), match.group().strip()) for match in _DIRECTIVE.finditer(code)]
    return _DIRECTIVE.sub(lambda match: _SPACES.sub(" ", match.group()), code), directives


def line_of(text, offset):
    """The number of the line that holds the offset."""
    return text.count("\n", 0, offset) + 1


def functions(code, directives):
    """The functions that blanked code defines, in order. Each branch of an #if starts at the brace depth of the #if."""
    found, outer, depth, header, opened = [], [], 0, 0, None
    for offset, token in _events(code, directives):
        if token == "{":
            if depth == 0:
                opened = _signature(code[header:offset]), offset
            depth += 1
        elif token == "}":
            depth = max(depth - 1, 0)
            if depth == 0 and opened and opened[0]:
                found.append(Function(*opened[0], opened[1], offset))
        elif token == "#if":
            outer.append(depth)
        elif token == "#endif" and outer:
            outer.pop()
        elif token == "#else" and outer and depth != outer[-1]:
            depth = outer[-1]
            token = "}"
        if depth == 0 and token in ("}", ";"):
            header = offset + 1
    return found


def _events(code, directives):
    """Braces, semicolons and the directives that branch, by offset."""
    events = [(match.start(), match.group()) for match in re.finditer(r"[{};]", code)]
    for offset, text in directives:
        match = re.match(r"#\s*(if|ifdef|ifndef|else|elif|endif)\b", text)
        if match:
            kind = match.group(1)
            events.append((offset, "#if" if kind.startswith("if") else "#endif" if kind == "endif" else "#else"))
    return sorted(events)


def _signature(header):
    """(name, static, parameters) if what stands before a brace is a function's signature, else None.

    The name is the first one before parentheses that are followed by nothing but annotations (__releases(x) and such).
    """
    at = 0
    while match := _GROUP.search(header, at):
        end = closing(header, match.end() - 1)
        if end is None:
            return None
        name, before, at = match.group(1), header[:match.start()], end + 1
        if name not in _NOT_NAMES and _ANNOTATIONS.fullmatch(header, at):
            return name, bool(re.search(r"\bstatic\b", before)), header[match.end():end]
    return None


def closing(code, opening):
    """The offset of the parenthesis, bracket or brace that closes the one at `opening`, None if nothing does."""
    depth = 0
    for offset in range(opening, len(code)):
        if code[offset] in _OPENING:
            depth += 1
        elif code[offset] in _CLOSING:
            depth -= 1
            if depth == 0:
                return offset
    return None


def split_top(code, separator):
    """The parts of an expression between the separators that stand in no parentheses."""
    parts, depth, start = [], 0, 0
    for offset, char in enumerate(code):
        depth += (char in _OPENING) - (char in _CLOSING)
        if char == separator and depth == 0:
            parts.append(code[start:offset])
            start = offset + 1
    return parts + [code[start:]]


def options_at(directives, offset):
    """The CONFIG_ options that the #if blocks around the offset demand, the outermost first."""
    stack = []
    for at, text in directives:
        if at > offset:
            break
        kind = re.match(r"#\s*(\w*)", text).group(1)
        if kind in ("if", "ifdef", "ifndef"):
            stack.append(_demanded(kind, text))
        elif kind in ("else", "elif") and stack:
            stack[-1] = _demanded(kind, text)
        elif kind == "endif" and stack:
            stack.pop()
    return list(dict.fromkeys(option for level in stack for option in level))


def _demanded(kind, text):
    """The options that must all be set for a condition to hold; none if it is negated or an alternative."""
    if kind == "ifndef" or "||" in text or "!" in text:
        return []
    return re.findall(r"\bCONFIG_\w+", text)
