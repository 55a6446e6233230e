# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# ESP in ESP: the outer SA is there, the inner one is not.
variants='4 6'
expect netns=b counter=XfrmInNoStates n=2 src=$A dst=$B proto=esp spi=0x00000066 seq=9 \
    cause=sa-unknown match=none "why=*spi_0x00000066"

setup() {
    pair
    sa b $A $B 0x55 null
}

provoke() {
    on a lab-send null src=$A dst=$B spis=0x55,0x66 seq=9 count=2
}
