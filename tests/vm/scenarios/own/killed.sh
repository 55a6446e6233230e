# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# xfrm-snap is killed in the middle of its work: no probe of it stays, and the next one starts and misses nothing.
variants='4'
expect netns=b counter=XfrmInNoStates n=3 src=$A dst=$B proto=esp spi=0x00003401 seq=1

setup() {
    pair
}

provoke() {
    on a lab-send raw src=$A dst=$B spi=0x3401 count=3
}

probes() {
    wc -l </sys/kernel/debug/kprobes/list
}

wait_probes() {
    tries=600
    while [ "$(probes)" -ne "$1" ] && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        usleep 50000
    done
    [ "$(probes)" -eq "$1" ]
}

kill_one() {
    none=$(probes)
    snap_launch killed.first
    [ "$(probes)" -gt "$none" ]
    provoke
    kill -KILL "$snap"
    wait "$snap" || true
    wait_probes "$none"
}

play() {
    setup
    flush
    if have_snap; then
        kill_one
    fi
    snap_start_own
    watch_counters
    provoke
    wait_counters
    snap_stop_own
}
