# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Compares the mirror of tc with the kernel."""
