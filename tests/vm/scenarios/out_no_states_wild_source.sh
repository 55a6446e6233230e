# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Templates without a source address: in transport mode the flow's counts, in tunnel mode the one that the kernel picks
# by its route. The SA is for another address of this host, and so was one that was deleted.
variants='4 6'
OTHER=${A%1}11
case $A in *:*) ANY=:: ;; *) ANY=0.0.0.0 ;; esac
expect netns=a counter=XfrmOutNoStates n=2 src=$A dst=$B proto=udp dport=9 cause=template-no-sa match=nearest \
    differs=saddr state.spi=0x00000791 state.src=$OTHER policy.wanted.src=$A policy.wanted.dst=$B "why=*$OTHER*$A"
expect netns=a counter=XfrmOutNoStates n=1 src=$IN_A dst=$IN_B proto=udp dport=9 cause=template-no-sa match=nearest \
    differs=saddr state.spi=0x00000792 state.src=$OTHER policy.wanted.src=$A~null deleted=null \
    "why=*spi_0x00000792*$OTHER"

setup() {
    alone
    at a address add $OTHER/$PREFIX dev d0 preferred_lft 0 $NODAD
    inner a d0 $IN_A $IN_B $B
    at a xfrm policy add dir out src $A/$PREFIX dst $B/$HOST proto udp tmpl proto esp reqid 1 mode transport
    sa a $OTHER $B 0x791 gcm
    sa a $OTHER ${A%1}22 0x792 gcm mode tunnel
    sa a $OTHER ${A%1}22 0x793 gcm mode tunnel
    policy a out $IN_A $IN_B proto udp tmpl src $ANY dst ${A%1}22 proto esp reqid 1 mode tunnel
}

provoke() {
    at a xfrm state delete src $OTHER dst ${A%1}22 proto esp spi 0x793
    on a lab-send udp src=$A dst=$B count=2
    on a lab-send udp src=$IN_A dst=$IN_B
}
