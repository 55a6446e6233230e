# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Seven times ESP in ESP: one more than a secpath has places.
variants='4 6'
expect netns=b counter=XfrmInBufferError n=2 src=$A dst=$B proto=esp spi=0x00000055 seq=1 cause=nested-too-deep \
    "why=*room_for_6"

setup() {
    pair
    sa b $A $B 0x55 null
}

provoke() {
    on a lab-send null src=$A dst=$B spis=0x55,0x55,0x55,0x55,0x55,0x55,0x55 count=2
}
