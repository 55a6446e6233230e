# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 6.12 7.x'

begin_victim() {
    /lab/xfrm-snap --json >"/out/killed/victim.$1.json" 2>&1 &
    snap=$!
}

# end_victim NAME
end_victim() {
    set -- "$1" "$(probes)"
    kill -KILL $snap
    wait $snap 2>/dev/null
    wait_no_probes >"/out/killed/left.$1"
    echo "$1 $2 $(wc -l <"/out/killed/left.$1")" >>/out/killed/probes
}

# below LIMIT: sets $random
below() {
    random=$((0x$(cut -c 1-8 /proc/sys/kernel/random/uuid) % $1))
}

# kill_after MILLISECONDS: from its start on
kill_after() {
    begin_victim "$1"
    usleep "$1"000
    end_victim "start-$1"
}

# kill_leaving MILLISECONDS: after it was told to stop
kill_leaving() {
    begin_victim "leaving-$1"
    run=killed/victim.leaving-$1
    snap_wait_ready
    kill -INT $snap
    usleep "$1"000
    end_victim "leaving-$1"
}

# What a run might have changed of the machine, were it careless.
switches() {
    (cd /proc/sys && grep -s . kernel/k*restrict* kernel/perf_event_* kernel/ftrace_enabled kernel/*bpf* net/core/bpf_* debug/kprobes-optimization)
    cat /sys/kernel/debug/kprobes/enabled /sys/kernel/rcu_expedited
}

# kill_at PROBES: as soon as it has set so many
kill_at() {
    begin_victim "at-$1"
    tries=600
    while [ "$(probes)" -lt "$1" ] && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        usleep 20000
    done
    end_victim "at-$1"
}

# turned: what the switches are that a run turns while it starts
turned() {
    echo $(cat /sys/kernel/rcu_expedited /proc/sys/debug/kprobes-optimization)
}

# wait_turned STATE: up to 20 s
wait_turned() {
    tries=400
    while [ "$(turned)" != "$1" ] && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        usleep 50000
    done
}

# together NAME COMMAND...: $victim is killed, by the command, with all that belongs to it, when it has turned the switches;
# /out/killed/together has what they are then
together() {
    wait_turned '1 0'
    name=$1
    shift
    "$@"
    wait "$victim" 2>/dev/null
    wait_turned "${left-0 1}"
    echo "$name $(turned)" >>/out/killed/together
}

kill_cgroup() {
    echo 1 >/sys/fs/cgroup/victim/cgroup.kill
}

# The child that turns the switches back goes first.
kill_child_too() {
    status=$(grep -ls '^Name:.xfrm-switches$' /proc/[0-9]*/status)
    status=${status#/proc/}
    kill -KILL "${status%/status}" "$victim"
}

# Whoever kills it may kill more: its process group, its cgroup, and all that it has started, which leaves nobody to turn the
# switches back. That the next start mends.
kill_together() {
    setsid /lab/xfrm-snap --json >/out/killed/group.json 2>&1 &
    victim=$!
    together group kill -KILL -$victim
    mkdir -p /sys/fs/cgroup/victim
    if [ -e /sys/fs/cgroup/victim/cgroup.kill ]; then
        sh -c 'echo 0 >/sys/fs/cgroup/victim/cgroup.procs; exec /lab/xfrm-snap --json' >/out/killed/cgroup.json 2>&1 &
        victim=$!
        together cgroup kill_cgroup
    fi
    /lab/xfrm-snap --json >/out/killed/all.json 2>&1 &
    victim=$!
    left='1 0' together all kill_child_too
    /lab/xfrm-snap check >/out/killed/check 2>&1
    echo "check $? $(turned)" >>/out/killed/together
}

# Killed at whatever moment it leaves no probe, and the next one works.
case_killed() {
    two_hosts killed
    modprobe esp4
    switches >/out/killed/switches-before
    traffic a lab-send raw src=$A dst=$B spi=0x4401 count=100000 interval=3
    for _ in 1 2 3 4 5; do
        below 4000
        kill_after $random
    done
    for number in 1 10 40; do
        kill_at $number
    done
    for _ in 1 2; do
        below 400
        kill_leaving $random
    done
    stop_traffic
    tries=600 # what a run turned is turned back a moment after it was killed
    while [ "$(switches)" != "$(cat /out/killed/switches-before)" ] && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        usleep 50000
    done
    switches >/out/killed/switches-after
    kill_together
    snap_launch killed/snap
    lab-send counters tag=before >/out/killed/counters
    on a lab-send raw src=$A dst=$B spi=0x4402 count=20 >/dev/null
    sleep 1
    lab-send counters tag=after >>/out/killed/counters
    stop "$snap" killed/snap
    wait_no_probes >/out/killed/probes-at-end
    find /sys/fs/bpf/xfrm-snap >/out/killed/pins-at-end 2>/dev/null
}
