# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='6.12 7.x'

# Packets come in timers' interrupts while a process on their processor makes errors of its own: a probe whose program runs
# with interrupts on (an optimized one) could be interrupted by theirs.
case_interrupted() {
    two_hosts interrupted
    modprobe esp4
    policy b out $B $UNSERVED $TMPL
    flush
    tc -n interrupted.a qdisc add dev va root netem delay 500ms 450ms limit 10000
    snap_launch interrupted/first --pin /sys/fs/bpf/first
    first=$snap
    snap_launch interrupted/snap
    kill -INT "$first" # what it has turned, the other one still needs
    lab-send gone "pid=$first" seconds=$STOP_SECONDS || kill -KILL "$first"
    wait "$first" || true
    for turn in 1 2 3; do
        on a taskset 1 lab-send raw src=$A dst=$B spi=0x99 seq=1 step=1 count=1000 >/dev/null
        on b taskset 1 lab-send udp src=$B dst=$UNSERVED sport=1000 count=20000 >/dev/null
        usleep 1000000
    done
    cat /proc/sys/debug/kprobes-optimization /sys/kernel/rcu_expedited >/out/interrupted/switches
    finish interrupted/snap
    cat /proc/sys/debug/kprobes-optimization >/out/interrupted/after
}
