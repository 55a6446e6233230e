# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 7.x'

# More states than there is room for.
case_full() {
    ip netns add storm.1
    ip -n storm.1 link set lo up
    lab-send in storm.1 lab-send storm count=300 shuffle=0 >/out/full/storm
    start snap --max-states 64
    lab-send in storm.1 lab-send storm count=200 from=300 shuffle=0 >>/out/full/storm
    spi=$((0x10001))
    while [ $spi -lt $((0x10000 + 500)) ]; do
        lab-send in storm.1 lab-send raw src=127.0.0.1 dst=127.0.0.1 spi=$spi >/dev/null
        spi=$((spi + 7))
    done
    sleep 1
    asked text show states
    listed storm.1
    asked states.json show states --json
    stop snap
    forget storm.1
}
