# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A tunnel's SA has used its last sequence number: the packet that is lost is the inner one.
variants='4 6'
expect netns=a counter=XfrmOutStateSeqError n=2 src=$IN_A dst=$IN_B proto=udp sport=1000 dport=9 spi=null seq=null \
    process.comm=lab-send match=held state.spi=0x00001502 state.mode=tunnel cause=seq-exhausted \
    "why=*spi_0x00001502*last_sequence_number_(4294967295)"

setup() {
    alone
    inner a d0 $IN_A $IN_B $B
    sa a $A $B 0x1502 cbc mode tunnel replay-oseq 0xffffffff
    policy a out $IN_A $IN_B tmpl src $A dst $B proto esp reqid 1 mode tunnel
}

provoke() {
    on a lab-send udp src=$IN_A dst=$IN_B sport=1000 count=2
}
