# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SA was there until ip(8) deleted it; another one was flushed.
variants='4 6'
expect netns=b counter=XfrmInNoStates n=2 src=$A dst=$B proto=esp spi=0x00000103 seq=1 cause=sa-deleted match=none \
    state=null deleted.state.spi=0x00000103 deleted.how=netlink deleted.by.comm=ip \
    "why=*spi_0x00000103_was_deleted*by_ip[*(netlink)"
expect netns=b counter=XfrmInNoStates n=3 src=$A dst=$B proto=esp spi=0x00000104 seq=1 cause=sa-deleted \
    deleted.state.spi=0x00000104 deleted.how=flush deleted.by.comm=ip \
    match=none "why=*spi_0x00000104_was_deleted*by_ip[*(flush)"

setup() {
    pair
    sa b $A $B 0x103 gcm
    sa b $A $B 0x104 gcm
}

provoke() {
    at b xfrm state delete src $A dst $B proto esp spi 0x103
    on a lab-send raw src=$A dst=$B spi=0x103 count=2
    at b xfrm state flush
    on a lab-send raw src=$A dst=$B spi=0x104 count=3
}
