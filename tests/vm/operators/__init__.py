# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What operators use: filters, --pcap, --metrics, least privilege."""
