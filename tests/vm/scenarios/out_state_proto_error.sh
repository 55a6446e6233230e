# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A datagram so large that ESP in UDP around it does not fit into an IP packet.
variants='4 6'
expect netns=a counter=XfrmOutStateProtoError n=2 src=$A dst=$B proto=esp spi=0x00001301~null seq=1~2~null \
    sport=null dport=null process.comm=lab-send match=held state.spi=0x00001301 cause=crypto-error \
    evidence.errno=90~null "why=*spi_0x00001301_(rfc4106(gcm(aes)))_refused_the_packet"

setup() {
    alone
    sa a $A $B 0x1301 gcm encap espinudp 4500 4500 0.0.0.0
    policy a out $A $B $TMPL
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 len=65500 count=2
}
