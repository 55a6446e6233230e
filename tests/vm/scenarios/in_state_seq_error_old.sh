# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A sequence number left of the replay window.
variants='4 6'
expect netns=b counter=XfrmInStateSeqError n=2 src=$A dst=$B proto=esp spi=0x00000402 seq=5 cause=replay-too-old \
    match=held state.replay.window=32 state.replay.seq=100 \
    "why=*number_5_is_95_behind_the_highest_one_(100)*window_of_32_is_too_small_by_64"

setup() {
    pair
    sa b $A $B 0x402 gcm replay-window 32 replay-seq 100
}

provoke() {
    on a lab-send raw src=$A dst=$B spi=0x402 seq=5 count=2
}
