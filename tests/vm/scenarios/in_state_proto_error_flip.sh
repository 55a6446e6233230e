# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A packet that was changed on its way: the true one passes, its copy with another ICV does not.
variants='4 6'
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=esp spi=0x00000201 seq=9 cause=icv-mismatch \
    match=held state.spi=0x00000201 \
    "why=*spi_0x00000201*rose_from_0_to_1"

setup() {
    pair
    sa a $A $B 0x201 cbc
    sa b $A $B 0x201 cbc replay-window 32
    policy a out $A $B proto udp $TMPL
    listen b $B
}

provoke() {
    on a lab-send replay dev=va seq=9 flip=1 -- lab-send udp src=$A dst=$B
}
