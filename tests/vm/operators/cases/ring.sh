# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10'

# Nobody reads the ring buffer while far more errors come than it holds.
case_ring() {
    two_hosts ring
    modprobe esp4
    snap_launch ring/snap --rate 0
    kill -STOP "$snap"
    some_errors 1 12000
    kill -CONT "$snap"
    finish ring/snap
}
