# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# ESP in UDP that is too short for ESP. Beside it: keepalives, and what is for the key manager.
variants='4 6'
expect netns=b loss=too-short n=3 packets=1 src=$A dst=$B sport=4500 dport=4500

setup() {
    pair
    listen b $B 4500 encap=1
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=4500 dport=4500 hex=ff count=3
    on a lab-send udp src=$A dst=$B sport=4500 dport=4500 hex=000000000102030405060708 count=2
    on a lab-send udp src=$A dst=$B sport=4500 dport=4500 hex=000063010000000100000000 count=3
}
