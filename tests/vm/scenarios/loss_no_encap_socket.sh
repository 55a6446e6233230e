# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# ESP in UDP of an SA that is there, to a port where nobody listens any more. Beside it: one where somebody does, and
# plain datagrams to a closed port.
variants='4 6 4-init'
expect netns=b loss=no-encap-socket n=3 packets=1 src=$A dst=$B proto=esp spi=0x00006401 sport=4500 dport=4500 \
    state.spi=0x00006401

setup() {
    pair
    both $A $B 0x6401 gcm encap espinudp 4500 4500 0.0.0.0
    both $A $B 0x6402 gcm reqid 2 encap espinudp 4501 4501 0.0.0.0
    policy a out $A $B proto udp dport 9 $TMPL
    policy a out $A $B proto udp dport 10 tmpl proto esp reqid 2 mode transport
    listen b $B 4501 encap=1
    listen b $B 10
}

provoke() {
    on a lab-send udp src=$A dst=$B dport=10 count=2
    on a lab-send udp src=$A dst=$B dport=11 count=2
    on a lab-send udp src=$A dst=$B count=3
}
