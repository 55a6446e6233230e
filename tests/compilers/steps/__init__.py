# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What tests/compilers/build and tests/compilers/check are made of."""
