# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Finds each place in C source that raises an xfrm counter, and the functions that its code may be inlined into."""

import re
from typing import NamedTuple, Optional

from . import ProbeListError
from .c_source import blank, closing, functions, line_of, options_at, split_top

ANY = "*"  # the counter is chosen at run time

_XFRM = r"_*XFRM_(?:INC|ADD|DEC)_STATS\w*"
_MACRO = re.compile(rf"\b(?:{_XFRM}|_*SNMP_[A-Z]+_STATS\w*)\s*\(")
_CONSTANT = re.compile(r"LINUX_MIB_XFRM\w+")
_NOT_A_MEMBER = r"(?<![\w.])(?<!->)"


class Increment(NamedTuple):
    """One place that raises a counter."""
    file: str
    line: int
    function: str
    constants: tuple       # the counters that it may raise: LINUX_MIB_..., or ANY
    amount: Optional[str]  # what it adds, if not one
    options: tuple         # the CONFIG_ options of the #if blocks around it


class Parsed(NamedTuple):
    """A C file, taken apart."""
    path: str
    code: str
    directives: list
    functions: list


def parse(path, text):
    """Takes a C file apart."""
    code, directives = blank(text)
    return Parsed(path, code, directives, functions(code, directives))


def increments(source):
    """The increments in a parsed file, in order."""
    _refuse_wrappers(source)
    return [made for match in _MACRO.finditer(source.code) if (made := _increment(source, match))]


def _refuse_wrappers(source):
    """A macro of another name around the counting macros would hide its uses from this scanner."""
    for offset, text in source.directives:
        define = re.match(r"#\s*define\s+(\w+)(.*)", text, re.S)
        if not define or re.fullmatch(_XFRM, define.group(1)):
            continue
        if re.search(rf"\b{_XFRM}|\bxfrm_statistics\b", define.group(2)):
            place = f"{source.path}:{line_of(source.code, offset)}"
            raise ProbeListError(f"{place}: the macro {define.group(1)} counts xfrm errors, its uses cannot be found")


def _increment(source, match):
    end = closing(source.code, match.end() - 1)
    arguments = [part.strip() for part in split_top(source.code[match.end():end], ",")]
    if "SNMP" in match.group() and "xfrm_statistics" not in arguments[0]:
        return None
    line = line_of(source.code, match.start())
    function = next((f for f in source.functions if f.start < match.start() < f.end), None)
    if function is None or end is None or len(arguments) < 2:
        raise ProbeListError(f"{source.path}:{line}: this increment is not understood")
    constants = _constants(arguments[1], function.parameters, source.code[function.start:function.end])
    amount = " ".join(arguments[2].split()) if len(arguments) > 2 else "1"
    return Increment(source.path, line, function.name, tuple(sorted(set(constants))), None if amount == "1" else amount,
                     tuple(options_at(source.directives, match.start())))


def _constants(expression, parameters, body):
    """The counters that an expression may stand for, [ANY] if that cannot be told."""
    expression = _bare(expression)
    if _CONSTANT.fullmatch(expression):
        return [expression]
    condition, *rest = split_top(expression, "?")
    if rest:
        branches = split_top(expression[len(condition) + 1:], ":")
        values = [_constants(part, parameters, body) for part in branches] if len(branches) == 2 else [[ANY]]
    elif re.fullmatch(r"[A-Za-z_]\w*", expression) and not re.search(rf"\b{expression}\b", parameters):
        values = _assigned(expression, parameters, body)
    else:
        values = [[ANY]]
    constants = [constant for value in values for constant in value]
    return [ANY] if ANY in constants or not constants else constants


def _bare(expression):
    """The expression without parentheses around all of it."""
    expression = expression.strip()
    while expression.startswith("(") and closing(expression, 0) == len(expression) - 1:
        expression = expression[1:-1].strip()
    return expression


def _assigned(variable, parameters, body):
    """What a function assigns to its local variable; [[ANY]] if it changes the variable in other ways."""
    if re.search(rf"&\s*{variable}\b|\b{variable}\s*(?:[-+*/%|&^]|<<|>>)=|(?:\+\+|--)\s*{variable}\b"
                 rf"|\b{variable}\s*(?:\+\+|--)", body):
        return [[ANY]]
    values = []
    for match in re.finditer(rf"{_NOT_A_MEMBER}{variable}\s*=(?!=)", body):
        value = re.match(r"[^;{}]*", body[match.end():]).group()
        value = split_top(_until_unopened(value), ",")[0]
        values.append(_constants(value, f"{parameters}, {variable}", body))  # what depends on itself is not constant
    return values


def _until_unopened(code):
    """The code up to a closing parenthesis that nothing in it opened."""
    depth = 0
    for offset, char in enumerate(code):
        depth += (char in "([") - (char in ")]")
        if depth < 0:
            return code[:offset]
    return code


def inlined_into(name, source):
    """The functions of a file whose code may hold that of `name`, sorted: its callers, and the callers of each caller
    that is static and whose address is not taken, since the compiler may leave no symbol for such a function."""
    found, waiting = [], [name]
    while waiting:
        call = re.compile(rf"{_NOT_A_MEMBER}{waiting.pop()}\s*\(")
        for caller in source.functions:
            if caller.name in found or caller.name == name or not call.search(source.code, caller.start, caller.end):
                continue
            found.append(caller.name)
            if caller.static and not _address_taken(caller.name, source.code):
                waiting.append(caller.name)
    return sorted(found)


def _address_taken(name, code):
    return re.search(rf"{_NOT_A_MEMBER}\b{name}\b(?!\s*\()", code) is not None
