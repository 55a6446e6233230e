# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# IPv4 in an IPv6 tunnel and the reverse: the receiver's SA takes only its own family, for it lacks `af-unspec`. Linux
# 5.10 takes the packet for one of the SA's family, 6.1 and 6.12.95 let it pass, 6.12.117 does not.
variants='4 6'
case $A in
*:*) FROM=10.9.0.1 TO=10.9.0.2 BITS=32 DAD='' ;;
*) FROM=fd09::1 TO=fd09::2 BITS=128 DAD=nodad ;;
esac
case $(uname -r) in
5.10.*)
    expect netns=b counter=XfrmInStateModeError n=2 src=$A dst=$B proto=esp spi=0x00000311 seq=1~2 match=held \
        state.spi=0x00000311 cause=selector-mismatch "why=*spi_0x00000311" "advice=*af-unspec"
    ;;
6.1.* | 6.12.[0-9][0-9][+-]*) ;;
*)
    expect netns=b counter=XfrmInStateMismatch n=2 src=$FROM dst=$TO proto=udp sport=1000 dport=9 match=held \
        state.spi=0x00000311 cause=selector-mismatch differs=sel.family "why=*spi_0x00000311" "advice=*af-unspec"
    ;;
esac

setup() {
    pair
    at a address add $FROM/$BITS dev va $DAD
    at b address add $TO/$BITS dev vb $DAD
    at a route add $TO/$BITS dev va src $FROM
    sa a $A $B 0x311 gcm mode tunnel flag af-unspec
    sa b $A $B 0x311 gcm mode tunnel
    at a xfrm policy add dir out src $FROM/$BITS dst $TO/$BITS tmpl src $A dst $B proto esp reqid 1 mode tunnel
    at b xfrm policy add dir in src $FROM/$BITS dst $TO/$BITS tmpl src $A dst $B proto esp reqid 1 mode tunnel
    listen b $TO
}

provoke() {
    on a lab-send udp src=$FROM dst=$TO sport=1000 count=2
}
