# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# With extended sequence numbers and a window of several words: a captured packet comes again; another one is too old.
variants='4 6'
expect netns=b counter=XfrmInStateSeqError n=3 src=$A dst=$B proto=esp spi=0x00000403 seq=1 cause=replay-duplicate \
    match=held evidence.replay_seen=true "why=*number_1_was_received_before*spi_0x00000403*window_of_128"
expect netns=b counter=XfrmInStateSeqError n=2 src=$A dst=$B proto=esp spi=0x00000404 seq=300 cause=replay-too-old \
    match=held state.replay.window=128 "why=*number_300_is_200_behind_the_highest_one_(500)*too_small_by_73"

setup() {
    pair
    sa a $A $B 0x403 gcm replay-window 128 flag esn
    sa b $A $B 0x403 gcm replay-window 128 flag esn
    sa b $A $B 0x404 gcm replay-window 128 replay-seq 500 flag esn
    policy a out $A $B proto udp $TMPL
    listen b $B
}

provoke() {
    on a lab-send replay dev=va count=3 -- lab-send udp src=$A dst=$B
    on a lab-send raw src=$A dst=$B spi=0x404 seq=300 count=2
}
