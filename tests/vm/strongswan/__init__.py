# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Two key managers in a guest, and what is asked of xfrm-snap while they work."""
