# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SA that the policy wants was deleted.
variants='4 6'
expect netns=a counter=XfrmOutNoStates n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null cause=sa-deleted \
    state=null deleted.state.spi=0x00001002 deleted.how=netlink deleted.by.comm=ip \
    "why=*spi_0x00001002_was_deleted*by_ip[*(netlink)"

setup() {
    alone
    sa a $A $B 0x1002 gcm
    policy a out $A $B $TMPL
}

provoke() {
    at a xfrm state delete src $A dst $B proto esp spi 0x1002
    on a lab-send udp src=$A dst=$B sport=1000 count=2
}
