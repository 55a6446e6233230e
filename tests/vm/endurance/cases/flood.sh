# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='6.12 7.x'

# Errors of one flow and of as many flows as there are packets, in softirqs, and of the sender, in its process, at once.
case_flood() {
    netns=flood.b
    ip netns add flood.a
    ip netns add $netns
    ip link add va netns flood.a type veth peer name vb netns $netns
    ip -n flood.a address add 10.8.0.1/24 dev va
    ip -n $netns address add 10.8.0.2/24 dev vb
    ip -n flood.a link set va up
    ip -n $netns link set vb up
    ip -n flood.a xfrm policy add dir out dst 10.8.0.9/32 action block
    ip netns exec flood.a ping -c 1 10.8.0.2 >/dev/null
    snap_launch flood/snap --max-errors 4096
    lab-send counters netns=flood.a,flood.b tag=before >/out/flood/counters
    since=$(cut -d' ' -f1 /proc/uptime)
    lab-send in flood.a lab-send raw src=10.8.0.1 dst=10.8.0.2 spi=0x4601 count="$flood" step=1 &
    first=$!
    lab-send in flood.a lab-send flood src=10.8.0.1 dst=10.8.0.2 from=10.9.0.0 count="$flood" &
    second=$!
    lab-send in flood.a lab-send packet src=10.8.0.1 dst=10.8.0.9 count=$((flood / 10)) &
    while kill -0 $first $second 2>/dev/null; do # does the node still answer?
        before=$(lab-send now)
        ip netns add flood.c
        ip netns delete flood.c
        echo $(($(lab-send now) - before)) >>/out/flood/answers
        sleep 1
    done
    wait $first $second $!
    echo "$since $(cut -d' ' -f1 /proc/uptime)" >/out/flood/times
    lab-send counters netns=flood.a,flood.b tag=after >>/out/flood/counters
    grep VmHWM "/proc/$snap/status" >/out/flood/memory
    stop "$snap" flood/snap
    ip netns delete flood.a
    ip netns delete flood.b
}
