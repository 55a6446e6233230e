# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What was there before xfrm-snap started is known to it: an SA with a mark, another one that is deleted later, and a
# policy.
variants='4'
expect netns=b counter=XfrmInNoStates n=1 src=$A dst=$B proto=esp spi=0x00003101 seq=1 cause=sa-mark-mismatch \
    match=nearest differs=mark state.spi=0x00003101 state.mark=0x1/0xff
expect netns=b counter=XfrmInNoStates n=2 src=$A dst=$B proto=esp spi=0x00003102 seq=1 cause=sa-deleted \
    deleted.state.spi=0x00003102 deleted.how=netlink deleted.by.comm=ip
expect netns=b counter=XfrmInPolBlock n=3 src=$A dst=$B proto=udp sport=1000 dport=9 cause=policy-block

setup() {
    pair
    sa b $A $B 0x3101 gcm mark 1 mask 0xff
    sa b $A $B 0x3102 gcm
    policy b in $A $B proto udp action block
}

provoke() {
    on a lab-send raw src=$A dst=$B spi=0x3101
    at b xfrm state delete src $A dst $B proto esp spi 0x3102
    on a lab-send raw src=$A dst=$B spi=0x3102 count=2
    on a lab-send udp src=$A dst=$B sport=1000 count=3
}
