# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# IPv4 in an IPv6 tunnel and the reverse. An SA with `af-unspec` takes both families, but its selector's port holds on
# the way in; on the way out a selector without a family holds for nothing. Selectors of the inner family.
variants='4 6'
case $A in *:*) TA=10.0.0.1 TB=10.0.0.2 BITS=24 ;; *) TA=fd00::1 TB=fd00::2 BITS=64 ;; esac
expect netns=b counter=XfrmInStateMismatch n=1 src=$IN_A dst=$IN_B proto=udp dport=11 cause=selector-mismatch \
    match=held differs=sel.dport state.spi=0x00001111 "why=*dport_is_11,_the_selector_says_7777."
expect netns=b counter=XfrmInNoStates n=1 src=$TA dst=$TB proto=esp spi=0x00001112 cause=sa-unknown match=none
expect netns=a counter=XfrmOutNoStates n=1 src=$IN_A dst=$IN_B proto=udp dport=13 cause=selector-mismatch \
    match=nearest differs=sel.proto state.spi=0x00001113 "why=*proto_is_udp,_the_selector_says_tcp."
expect netns=b counter=XfrmInStateMismatch n=1 src=$IN_A dst=$IN_B proto=udp dport=14 cause=selector-mismatch \
    match=held differs=sel.dst state.spi=0x00001114 "why=*dst_is_${IN_B},_the_selector_says_$NOWHERE/$HOST."

setup() {
    pair
    at a address add $TA/$BITS dev va nodad
    at b address add $TB/$BITS dev vb nodad
    at a neighbour replace $TB lladdr 02:00:00:00:00:0b dev va nud permanent
    sa a $TA $TB 0x1111 gcm reqid 1 mode tunnel flag af-unspec
    sa b $TA $TB 0x1111 gcm reqid 1 mode tunnel flag af-unspec sel proto udp dport 7777
    sa a $TA $TB 0x1112 gcm reqid 2 mode tunnel flag af-unspec sel proto tcp
    sa a $TA $TB 0x1113 gcm reqid 3 mode tunnel sel src $IN_A dst $IN_B proto tcp
    sa a $TA $TB 0x1114 gcm reqid 4 mode tunnel sel src $IN_A dst $IN_B
    sa b $TA $TB 0x1114 gcm reqid 4 mode tunnel sel src $IN_A dst $NOWHERE
    for reqid in 1 2 3 4; do
        policy a out $IN_A $IN_B proto udp dport 1$reqid tmpl src $TA dst $TB proto esp reqid $reqid mode tunnel
    done
    policy b in $IN_A $IN_B tmpl src $TA dst $TB proto esp mode tunnel
}

provoke() {
    for port in 11 12 13 14; do
        on a lab-send udp src=$IN_A dst=$IN_B dport=$port
    done
}
