# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 7.x'

# reborn NETNS: makes a netns; whether it got the inode number of one that went, $inum. If not, it goes again, with the
# numbers that it took: the kernel gives the lowest one that is free, also to entries of /proc.
reborn() {
    ip netns add "$1"
    [ "$(stat -L -c %i "/run/netns/$1")" = "$inum" ] || ! ip netns delete "$1"
}

# inner_errors NETNS SPI COUNT
inner_errors() {
    ip -n "$1" link set lo up
    lab-send in "$1" lab-send raw src=127.0.0.1 dst=127.0.0.1 spi="$2" count="$3" >/dev/null
}

# The netns that was asked for goes, and others get its inode number and its name: their errors are not what was asked for.
case_netns_reused() {
    two_hosts netns-reused
    modprobe esp4
    inum=$(stat -L -c %i /run/netns/netns-reused.b)
    snap_launch netns-reused/snap --netns netns-reused.b
    some_errors 1 3
    told netns-reused/snap '"spi":"0x00000099"'
    ip netns delete netns-reused.b
    if ! wait_for 60 reborn netns-reused.new; then
        echo "the kernel gave the inode number of a netns that went to none of the 300 that came" >/out/netns-reused/skip
        ip netns add netns-reused.new
    fi
    inner_errors netns-reused.new 0x98 4
    ip netns add netns-reused.b
    inner_errors netns-reused.b 0x97 5
    finish netns-reused/snap
    echo "$inum" >/out/netns-reused/inum
}
