# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SA reaches its limit of bytes, by another packet, between the lookup of the route and the sending.
variants='4 6'
expect netns=a counter=XfrmOutStateExpired n=1 src=$A dst=$B proto=udp sport=1001 dport=9 cause=sa-expired \
    state.spi=0x00001702 "why=*spi_0x00001702*bytes"
expect netns=a counter=XfrmOutStateInvalid n=1 src=$A dst=$B proto=udp sport=1000 dport=9 match=held \
    state.spi=0x00001702 cause=sa-expired "why=*spi_0x00001702_has_expired:_it_reached_its_hard_limit_of_10_bytes"

setup() {
    alone
    sa a $A $B 0x1702 gcm limit byte-hard 10
    policy a out $A $B $TMPL
}

provoke() {
    on a lab-send cork src=$A dst=$B sport=1000 -- lab-send udp src=$A dst=$B sport=1001 count=2
}
