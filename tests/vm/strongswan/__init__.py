# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Two key managers in a guest, and what xfrm-snap must report while they work."""
