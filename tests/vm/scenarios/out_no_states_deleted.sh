# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SA that the policy wants was deleted; one was before the policy came, of which that says nothing.
variants='4 6'
expect netns=a counter=XfrmOutNoStates n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null cause=sa-deleted \
    state=null deleted.state.spi=0x00001002 deleted.how=netlink deleted.by.comm=ip \
    "why=*spi_0x00001002_was_deleted*by_ip[*(netlink)"
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=${A%1}21 proto=udp cause=sa-missing state=null deleted=null

setup() {
    alone
    sa a $A $B 0x1002 gcm
    sa a $A ${A%1}21 0x1003 gcm
    policy a out $A $B $TMPL
}

provoke() {
    at a xfrm state delete src $A dst $B proto esp spi 0x1002
    on a lab-send udp src=$A dst=$B sport=1000 count=2
    at a xfrm state delete src $A dst ${A%1}21 proto esp spi 0x1003
    policy a out $A ${A%1}21 $TMPL
    on a lab-send udp src=$A dst=${A%1}21
}
