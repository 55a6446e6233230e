# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The steps of tests/compilers/build and tests/compilers/check."""
