# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# With extended sequence numbers and a window of several words: a captured packet comes again.
variants='4 6'
expect netns=b counter=XfrmInStateSeqError n=3 src=$A dst=$B proto=esp spi=0x00000403 seq=1 cause=replay-duplicate \
    match=held evidence.replay_seen=true "why=*number_1_was_received_before*spi_0x00000403*window_of_128"

setup() {
    pair
    sa a $A $B 0x403 gcm replay-window 128 flag esn
    sa b $A $B 0x403 gcm replay-window 128 flag esn
    policy a out $A $B proto udp $TMPL
    listen b $B
}

provoke() {
    on a lab-send replay dev=va count=3 -- lab-send udp src=$A dst=$B
}
