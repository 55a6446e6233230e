# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SA may carry two packets; the third one is too much.
variants='4 6 4-init'
expect netns=b counter=XfrmInStateExpired n=1 src=$A dst=$B proto=esp spi=0x00000501 seq=3 cause=sa-expired \
    match=held state.spi=0x00000501 \
    "why=*spi_0x00000501*limit_of_2_packets_(2_used)"

setup() {
    pair
    sa a $A $B 0x501 gcm
    sa b $A $B 0x501 gcm limit packet-hard 2
    policy a out $A $B proto udp $TMPL
    listen b $B
}

provoke() {
    on a lab-send udp src=$A dst=$B count=3
}
