# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A gateway should encrypt a packet whose checksum it cannot finish. The packet comes as plain IP in IP, which an SA
# for IPComp takes for incompressible data; its checksum is to be computed from within the outer header, which is gone
# by then. The kernel warns once.
variants='4'
expect netns=b counter=XfrmOutError n=2 src=$IN_A dst=$FAR proto=udp sport=1000 dport=9 spi=null match=held \
    state.spi=0x00004001

setup() {
    chain
    sa b $A $B 0x4c01 comp mode tunnel
    sa b $GATE $FAR 0x4001 gcm mode tunnel
    policy b fwd $IN_A $FAR tmpl src $A dst $B proto comp reqid 1 mode tunnel level use
    policy b out $IN_A $FAR tmpl src $GATE dst $FAR proto esp reqid 1 mode tunnel
}

provoke() {
    on a lab-send ipip dev=va mac=02:00:00:00:00:0b src=$A dst=$B inner_src=$IN_A inner_dst=$FAR count=2
}
