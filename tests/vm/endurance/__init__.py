# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests of what xfrm-snap withstands."""
