# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# AH whose source address was rewritten on its way.
variants='4 6'
needs nft --version
case $A in
*:*) FAMILY=ip6 MATCH='ip6 nexthdr 51' OTHER=fd00::77 ;;
*) FAMILY=ip MATCH='ip protocol 51' OTHER=10.0.0.77 ;;
esac
expect netns=b counter=XfrmInStateProtoError n=2 src=$OTHER dst=$B proto=ah spi=0x00000771 seq=1~2 \
    cause=icv-mismatch match=held state.spi=0x00000771 state.src=$A "why=*$A*" "advice=*NAT"

setup() {
    pair
    both $A $B 0x771 ah
    policy a out $A $B proto udp tmpl proto ah reqid 1 mode transport
    on b nft "table $FAMILY n { chain c { type filter hook prerouting priority -300; $MATCH $FAMILY saddr set $OTHER; }; }"
}

provoke() {
    on a lab-send udp src=$A dst=$B count=2
}
