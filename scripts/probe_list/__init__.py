# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What scripts/gen_probe_list.py is made of."""


class ProbeListError(Exception):
    """The list cannot be made; the text is one sentence that says why."""


# What every C file contains that raises an xfrm counter.
COUNTING = r"XFRM_\w*STATS|xfrm_statistics"
