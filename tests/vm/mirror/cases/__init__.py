# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The cases: what the guest does is in NAME.sh, what is said of it in NAME.py."""
