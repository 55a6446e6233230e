# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 7.x'

# More states are deleted than there is room for tombstones.
case_tombstones() {
    ip netns add storm.1
    ip -n storm.1 link set lo up
    lab-send in storm.1 lab-send storm count=6000 shuffle=0 >/out/tombstones/storm
    start snap
    lab-send in storm.1 lab-send storm count=6000 shuffle=0 add=0 delete=1000 >>/out/tombstones/storm
    ip -n storm.1 addr add 10.128.0.0/9 dev lo # the destinations of all
    number=5701
    while [ $number -lt 6000 ]; do
        lab-send in storm.1 lab-send raw src=10.128.0.1 dst=10.128.$((number / 256)).$((number % 256)) \
            spi=$((0x10000 + number)) >/dev/null
        number=$((number + 16))
    done
    sleep 1
    asked deleted.json show deleted --json
    stop snap
    forget storm.1
}
