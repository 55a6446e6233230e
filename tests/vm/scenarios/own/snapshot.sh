# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# xfrm-snap is killed in the middle of its work: no probe of it stays, and the next one starts and misses nothing. What was
# there before that one started is known to it: an SA with a mark, another one that is deleted later, and a policy.
variants='4'
expect netns=b counter=XfrmInNoStates n=1 src=$A dst=$B proto=esp spi=0x00003101 seq=1 cause=sa-mark-mismatch \
    match=nearest differs=mark state.spi=0x00003101 state.mark=0x1/0xff
expect netns=b counter=XfrmInNoStates n=2 src=$A dst=$B proto=esp spi=0x00003102 seq=1 cause=sa-deleted \
    deleted.state.spi=0x00003102 deleted.how=netlink deleted.by.comm=ip
expect netns=b counter=XfrmInPolBlock n=3 src=$A dst=$B proto=udp sport=1000 dport=9 cause=policy-block

setup() {
    pair
    sa b $A $B 0x3101 gcm mark 1 mask 0xff
    sa b $A $B 0x3102 gcm
    policy b in $A $B proto udp action block
}

provoke() {
    on a lab-send raw src=$A dst=$B spi=0x3101
    at b xfrm state delete src $A dst $B proto esp spi 0x3102
    on a lab-send raw src=$A dst=$B spi=0x3102 count=2
    on a lab-send udp src=$A dst=$B sport=1000 count=3
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
    on a lab-send raw src=$A dst=$B spi=0x3401 count=3
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
    playing=yes
    provoke
    wait_counters
    snap_stop_own
}
