# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SA has used its last sequence number, and has no extended ones.
variants='4 6 4-init'
init_key=a
expect netns=a counter=XfrmOutStateSeqError n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null seq=null \
    process.comm=lab-send match=held state.spi=0x00001501 cause=seq-exhausted state.replay.oseq=4294967295 \
    "why=*spi_0x00001501*last_sequence_number_(4294967295)"

setup() {
    alone
    sa a $A $B 0x1501 gcm replay-oseq 0xffffffff
    policy a out $A $B $TMPL
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 count=2
}
