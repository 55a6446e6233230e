# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The output of show, with and without a running xfrm-snap."""

from guests import Verdict

from ..common import answer, check_complete, equal, output_of, read
from ..lists import by_netns, compare_all, compare_json, ip_list


def judge_show(folder):
    """A zoo of states and policies, with and without a running xfrm-snap."""
    version = read(folder.parent / "ip-version")
    output, problems = output_of(folder, "snap")
    verdicts = [Verdict("show run", problems + check_complete(output))]
    for run, place in (("alone", folder / "alone"), ("running", folder)):
        for what in ("states", "states-s", "policies", "policies-s"):
            verdicts.append(Verdict(f"show {run} {what}", compare_all(place, f"{run}.{what}", what, version)))
        found, problems = answer(place, f"{run}.states.json")
        verdicts.append(Verdict(f"show {run} json", problems + compare_json(place, found)))
        one = {netns: text for netns, text in by_netns(read(place / f"{run}.states")).items() if netns == "zoo.one"}
        verdicts.append(Verdict(f"show {run} --netns", equal("netns", list(one), ["zoo.one"]) + equal(
            "--netns", by_netns(read(place / f"{run}.states.netns")) == one, True)))
    states, policies = ip_list(folder, "zoo.one", "states"), ip_list(folder, "zoo.one", "policies")
    kinds = {(str(one["proto"]), str(one["mode"])) for one in states}
    if len(states) < 42 or len(policies) < 18 or len(kinds) < 10:
        verdicts[0].problems.append(f"the zoo has but {len(states)} states, {len(policies)} policies, {sorted(kinds)}: "
                                    f"{read(folder / 'zoo.log')}")
    verdicts[0].problems += equal("left behind by show", read(folder / "left"), "")
    return verdicts
