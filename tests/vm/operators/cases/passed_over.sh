# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 7.x'

# While maps are dumped without end, packets come in timers' interrupts: the kernel passes over the probes of those that
# interrupt the dump.
case_passed_over() {
    two_hosts passed-over
    modprobe esp4
    tc -n passed-over.a qdisc add dev va root netem delay 500ms 450ms limit 10000
    snap_launch passed-over/snap --rate 0
    taskset 1 sh -c 'while :; do bpftool map dump name state_index; done' >/dev/null 2>&1 &
    dumps=$!
    for turn in 1 2 3 4; do
        on a taskset 1 lab-send raw src=$A dst=$B spi=0x99 seq=$((turn * 1000)) step=1 count=1000 >/dev/null
        usleep 1000000
    done
    kill $dumps
    wait $dumps
    finish passed-over/snap
}
