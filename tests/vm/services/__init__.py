# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""xfrm-snap among the services of a node: a Prometheus that scrapes it, a systemd that runs it."""
