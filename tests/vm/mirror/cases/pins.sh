# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 7.x'

PINS=/sys/fs/bpf/xfrm-snap

pins() {
    (cd /sys/fs/bpf && ls -lAR . | sed 's/  */ /g' | cut -d' ' -f1,9-)
}

case_pins() {
    netns=pins
    ip netns add $netns
    stat -L -c %i /run/netns/$netns >/out/pins/inum
    at "xfrm state add $ID spi 0x901 $REST mark 0xd00 mask 0xf00" "xfrm policy add dir in src $A dst $B priority 77"
    start first
    stat -c %a $PINS >/out/pins/mode
    pins >/out/pins/first
    at "xfrm state add $ID spi 0x902 $REST" "xfrm state delete $ID spi 0x902"
    for map in states policies deleted; do
        bpftool map dump pinned $PINS/$map >/out/pins/$map.dump 2>&1
    done
    xfrm-snap --json >/out/pins/second.json 2>/out/pins/second.err
    echo $? >/out/pins/second.code
    xfrm-snap --json --pin /sys/fs/bpf/other --duration 1 >/out/pins/other.json 2>/out/pins/other.err
    echo $? >/out/pins/other.code
    pins >/out/pins/after-other
    kill -KILL "$snap"
    wait "$snap"
    wait_for 30 sh -c '! grep -q . /sys/kernel/debug/kprobes/list'
    cat /sys/kernel/debug/kprobes/list >/out/pins/probes
    pins >/out/pins/killed
    asked dead show states --json
    at "xfrm state add $ID spi 0x903 $REST"
    start again
    asked again.states show states --json
    pins >/out/pins/again
    listed $netns
    stop again
    pins >/out/pins/end
    forget $netns
}
