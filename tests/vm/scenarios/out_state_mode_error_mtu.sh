# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An IPv6 datagram that a gateway should put into a tunnel, and that does not fit: gateways do not fragment.
variants='6'
expect netns=b counter=XfrmOutStateModeError n=2 src=$A dst=$FAR proto=udp sport=1000 dport=9 spi=null match=held \
    state.spi=0x00001402 cause=too-big "why=*1452_bytes*spi_0x00001402_has_an_MTU_of_14"

setup() {
    chain
    sa b $GATE $FAR 0x1402 gcm mode tunnel
    policy b out $A $FAR tmpl src $GATE dst $FAR proto esp reqid 1 mode tunnel
}

provoke() {
    on a lab-send udp src=$A dst=$FAR sport=1000 len=1404 count=2
}
