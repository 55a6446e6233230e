# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 6.12'

# Another place for the second instance's pins, if there are pins.
other_place() {
    if /lab/xfrm-snap --help | grep -q -e '--pin'; then
        echo --pin /sys/fs/bpf/xfrm-snap-2
    fi
}

# Two at once see the same.
case_two() {
    two_hosts two
    modprobe esp4
    snap_launch two/first --rate 0
    first=$snap
    # shellcheck disable=SC2046
    snap_launch two/second --rate 0 $(other_place)
    second=$snap
    on a lab-send raw src=$A dst=$B spi=0x4201 seq=1 step=1 count=40 >/dev/null
    on a lab-send raw src=$A dst=$B spi=0x4201 cut=6 count=5 >/dev/null
    on a lab-send udp src=$A dst=$B policy=out:block count=5 >/dev/null
    sleep 1
    stop "$first" two/first
    on a lab-send raw src=$A dst=$B spi=0x4202 count=7 >/dev/null
    sleep 1
    stop "$second" two/second
    wait_no_probes >/out/two/probes
}
