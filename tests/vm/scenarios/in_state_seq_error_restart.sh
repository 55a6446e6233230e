# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The sender's SA begins anew with the same key: its numbers do so, too. The first ones are too old for the receiver,
# those that it has just seen are duplicates.
variants='4 6'
expect netns=b counter=XfrmInStateSeqError n=2 src=$A dst=$B proto=esp spi=0x00001e01 cause=replay-too-old match=held \
    state.spi=0x00001e01
expect netns=b counter=XfrmInStateSeqError n=1 src=$A dst=$B proto=esp spi=0x00001e02 seq=1 cause=replay-duplicate \
    match=held state.spi=0x00001e02

setup() {
    pair
    sa b $A $B 0x1e01 gcm replay-window 32
    sa b $A $B 0x1e02 gcm reqid 2 replay-window 32
    sa a $A $B 0x1e01 gcm
    sa a $A $B 0x1e02 gcm reqid 2
    policy a out $A $B proto udp dport 9 $TMPL
    policy a out $A $B proto udp dport 10 tmpl proto esp reqid 2 mode transport
    listen b $B
    listen b $B 10
}

# anew SPI WORD...: the sender's SA, without what it has counted
anew() {
    spi=$1
    shift
    at a xfrm state delete src $A dst $B proto esp spi "$spi"
    sa a $A $B "$spi" gcm "$@"
}

provoke() {
    on a lab-send udp src=$A dst=$B count=40
    on a lab-send udp src=$A dst=$B dport=10 count=3
    anew 0x1e01
    anew 0x1e02 reqid 2
    on a lab-send udp src=$A dst=$B count=2
    on a lab-send udp src=$A dst=$B dport=10
}
