# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The namespaces are gone before xfrm-snap ends: what it saw there is still told.
variants='4 6'
expect netns=b counter=XfrmInNoStates n=3 src=$A dst=$B proto=esp spi=0x00003301 seq=1

setup() {
    pair
}

provoke() {
    on a lab-send raw src=$A dst=$B spi=0x3301 count=3
}

play() {
    setup
    flush
    snap_start_own
    watch_counters
    provoke
    wait_counters
    ip -batch - <<END
netns delete $scenario.a
netns delete $scenario.b
END
    snap_stop_own
}
