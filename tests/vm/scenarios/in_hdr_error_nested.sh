# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# ESP in ESP: the inner header is cut off.
variants='4 6'
expect netns=b counter=XfrmInHdrError n=2 src=$A dst=$B proto=esp seq=null \
    cause=header-truncated "why=*esp_header:_the_sequence_number_is_missing"

setup() {
    pair
    sa b $A $B 0x55 null
}

provoke() {
    on a lab-send null src=$A dst=$B spis=0x55 next=esp hex=00000066 count=2
}
