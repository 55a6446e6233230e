# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 7.x'

# Netns come and go, four at a time, with errors in each.
case_netns() {
    modprobe esp4
    snap_launch netns/snap
    children=
    for one in 1 2 3 4; do
        lab-send churn "name=churn$one" count=50 linger=$((one / 4 * 30)) >"/out/netns/counted.$one" &
        children="$children $!"
    done
    for child in $children; do
        wait "$child" || echo "lab-send ended with $?" >>/out/netns/failed
    done
    stop "$snap" netns/snap
}
