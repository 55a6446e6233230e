# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SPI of an ESP packet is that of an AH SA, and of one that was deleted; of the packets with the right SPI one has the
# number 0.
variants='4 6'
expect netns=b counter=XfrmInNoStates n=2 src=$A dst=$B proto=esp spi=0x00000798~0x00000799 cause=sa-unknown \
    match=none state=null deleted=null "why=*no_SA_of_esp_has_this_SPI"
expect netns=b counter=XfrmInStateSeqError n=1 src=$A dst=$B proto=esp spi=0x00000797 seq=0 cause=replay-too-old \
    match=held "why=*number_0_lies_left" "advice=*wider_replay-window_does_not_help"

setup() {
    pair
    sa b $A $B 0x797 gcm replay-window 32
    sa b $A $B 0x798 ah
    sa b $A $B 0x799 ah
}

provoke() {
    at b xfrm state delete src $A dst $B proto ah spi 0x799
    on a lab-send raw src=$A dst=$B spi=0x798
    on a lab-send raw src=$A dst=$B spi=0x799
    on a lab-send raw src=$A dst=$B spi=0x797 seq=0 len=64
}
