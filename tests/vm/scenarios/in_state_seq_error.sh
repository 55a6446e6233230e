# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A captured packet comes three more times.
variants='4 6'
expect netns=b counter=XfrmInStateSeqError n=3 src=$A dst=$B proto=esp spi=0x00000401 seq=1 cause=replay-duplicate \
    match=held state.spi=0x00000401 \
    evidence.replay_seen=true "why=*number_1_was_received_before*spi_0x00000401*window_of_32"

setup() {
    pair
    sa a $A $B 0x401 gcm
    sa b $A $B 0x401 gcm replay-window 32
    policy a out $A $B proto udp $TMPL
    listen b $B
}

provoke() {
    on a lab-send replay dev=va count=3 -- lab-send udp src=$A dst=$B
}
