# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SA may carry one byte; the packet after the one that reaches the limit is too much.
variants='4 6'
expect netns=b counter=XfrmInStateExpired n=1 src=$A dst=$B proto=esp spi=0x00000502 seq=2 cause=sa-expired \
    match=held state.spi=0x00000502 \
    "why=*spi_0x00000502*limit_of_1_byte_("

setup() {
    pair
    sa a $A $B 0x502 cbc
    sa b $A $B 0x502 cbc limit byte-hard 1
    policy a out $A $B proto udp $TMPL
    listen b $B
}

provoke() {
    on a lab-send udp src=$A dst=$B count=2
}
