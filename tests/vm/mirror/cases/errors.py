# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The table of counted errors."""

import lines
from guests import Verdict

from ..common import answer, equal, few, output_of, read


def judge_errors(folder):
    """The table of what was counted: each failure in its row, the rest in others, all adds up to the kernel's count."""
    output, problems = output_of(folder, "snap")
    rows, more = answer(folder, "count")
    last, wrong = answer(folder, "last")
    problems += more + wrong
    kernel = sum(int(words[4]) for words in map(str.split, read(folder / "counters").splitlines())
                 if len(words) == 5 and words[3] == "XfrmInNoStates")
    problems += equal("kernel", kernel, 30 + 50 + 40 + 64)
    problems += equal("rows add up to", sum(one["n"] for one in rows), kernel)
    known = {lines.field(one, "packet.spi"): one for one in rows if one["site"]}
    for spi, n in (("0x00000901", 30), ("0x00000902", 50), ("0x00000903", 40)):
        one = known.get(spi, {})
        problems += equal(f"{spi}: n", one.get("n"), n)
        problems += equal(f"{spi}: bytes", one.get("bytes"), n * (lines.field(one, "packet.len") or 0))
        problems += equal(f"{spi}: function", lines.field(one, "site.function"), "xfrm_input")
        if not one.get("first", "") < one.get("last", ""):
            problems.append(f"{spi}: first {one.get('first')}, last {one.get('last')}")
    near = known.get("0x00000902", {})
    problems += equal("near", [near.get("match"), near.get("differs"), lines.field(near, "state.dst"),
                               lines.field(near, "state.spi")], ["nearest", ["daddr"], "127.0.0.2", "0x00000902"])
    problems += equal("order", [one["n"] for one in rows], sorted((one["n"] for one in rows), reverse=True))
    times = [one["last"] for one in last if one["last"]]
    problems += equal("order by time", times, sorted(times, reverse=True))
    problems += equal("rows", len(known), 6)
    others = [one for one in rows if not one["site"]]
    problems += equal("others", [one["n"] for one in others], [kernel - sum(one["n"] for one in known.values())])
    if "others, which found no room" not in read(folder / "text"):
        problems.append(f"the text does not name others: {read(folder / 'text')[:200]!r}")
    if read(folder / "alone.code").strip() != "1" or "no xfrm-snap runs" not in read(folder / "alone.err"):
        problems.append(f"without a run: {read(folder / 'alone.code')} {read(folder / 'alone.err')!r}")
    said = sum(one["n"] for one in output if one.get("type") == "error")
    return [Verdict("errors", few(problems) + equal("Σ n", said, kernel))]
