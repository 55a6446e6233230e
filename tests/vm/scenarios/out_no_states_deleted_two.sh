# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Two SAs to one destination were deleted: each packet's tombstone is the one of its policy's reqid, also the older one.
variants='4 6'
expect netns=a counter=XfrmOutNoStates n=2 src=$A dst=$B proto=udp dport=9 cause=sa-deleted state=null \
    deleted.state.spi=0x00001003 deleted.state.reqid=31 "why=*spi_0x00001003_was_deleted"
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$B proto=udp dport=10 cause=sa-deleted state=null \
    deleted.state.spi=0x00001004 deleted.state.reqid=32 "why=*spi_0x00001004_was_deleted"

setup() {
    alone
    for n in 1 2; do
        sa a $A $B 0x100$((n + 2)) gcm reqid 3$n
        policy a out $A $B proto udp dport $((n + 8)) tmpl proto esp reqid 3$n mode transport
    done
}

provoke() {
    at a xfrm state delete src $A dst $B proto esp spi 0x1003
    at a xfrm state delete src $A dst $B proto esp spi 0x1004
    on a lab-send udp src=$A dst=$B sport=1000 count=2
    on a lab-send udp src=$A dst=$B sport=1000 dport=10
}
