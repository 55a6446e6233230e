# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A gateway should protect what it has masqueraded or handed on to another host: the policy and the SA are those of the
# flow after NAT. Its SA was deleted, takes the flow before NAT alone, or has another reqid.
variants='4 6'
needs nft --version
needs module nft_masq
needs module nft_nat
expect netns=b counter=XfrmOutNoStates n=2 src=$GATE dst=$FAR proto=udp sport=1000 dport=11 cause=sa-deleted \
    deleted.state.spi=0x00000d11 deleted.by.comm=ip policy.dport=11 "why=*spi_0x00000d11_was_deleted*"
expect netns=b counter=XfrmOutNoStates n=1 src=$GATE dst=$FAR proto=udp sport=1000 dport=12 cause=selector-mismatch \
    match=nearest differs=sel.src state.spi=0x00000d12 "why=*src_is_${GATE},_the_selector_says_${A}/$HOST."
expect netns=b counter=XfrmOutNoStates n=1 src=$GATE dst=$FAR proto=udp sport=1000 dport=13 cause=template-no-sa \
    match=nearest differs=reqid state.spi=0x00000d13 "why=*reqid_3_instead_of_9."

setup() {
    chain
    sa b $GATE $FAR 0xd11 gcm reqid 1
    sa b $GATE $FAR 0xd12 gcm reqid 2 sel src $A dst $FAR
    sa b $GATE $FAR 0xd13 gcm reqid 3
    policy b out $GATE $FAR proto udp dport 11 tmpl proto esp reqid 1 mode transport
    policy b out $GATE $FAR proto udp dport 12 tmpl proto esp reqid 2 mode transport
    policy b out $GATE $FAR proto udp dport 13 tmpl proto esp reqid 9 mode transport
    case $A in *:*) family=ip6 to="[$FAR]:11" ;; *) family=ip to=$FAR:11 ;; esac
    on b nft "table $family n {
        chain out { type nat hook postrouting priority 100; oifname wb $family daddr $FAR masquerade; }
        chain in { type nat hook prerouting priority -100; $family daddr $B udp dport 14 dnat to $to; }
    }"
}

provoke() {
    at b xfrm state delete src $GATE dst $FAR proto esp spi 0xd11
    for port in 11 12 13; do
        on a lab-send udp src=$A dst=$FAR sport=1000 dport=$port
    done
    on a lab-send udp src=$A dst=$B sport=1000 dport=14
}
