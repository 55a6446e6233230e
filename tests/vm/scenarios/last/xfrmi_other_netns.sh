# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The xfrm interface of b's SAs was moved to c: policies and counters are still b's, in both directions.
variants='6'
needs module xfrm_interface
expect netns=b counter=XfrmInNoPols n=1 src=$IN_A dst=$FAR proto=udp dport=11 ifname=xi cause=policy-if-id-mismatch \
    match=held state.spi=0x00001811 near_policy.differs=if_id near_policy.policy.if_id=0x8 evidence.link.if_id=0x7 \
    "why=*wants_if_id_0x8,_and_policies_were_looked_up_with_0x7.*" \
    "advice=*The_SA_esp_spi_0x00001811_and_the_interface_agree_on_if_id_7:_give_the_policy_it"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$IN_A dst=$FAR proto=udp dport=12 ifname=xi cause=template-mismatch \
    match=held differs=reqid state.spi=0x00001811 "why=*reqid_1*reqid_9."
expect netns=b counter=XfrmInPolBlock n=1 src=$IN_A dst=$FAR proto=udp dport=13 ifname=xi cause=policy-block \
    match=held policy.dport=13
expect netns=b counter=XfrmOutNoStates n=1 src=$FAR dst=$IN_A proto=udp cause=template-no-sa match=nearest \
    differs=if_id state.spi=0x00001812 "why=*if_id_0x8_instead_of_0x7."

setup() {
    pair
    namespaces c
    at b link add xi type xfrm dev vb if_id 7
    at b link set xi netns "$scenario.c"
    at c link set lo up
    at c link set xi addrgenmode none
    at c link set xi up
    at c address add $FAR/$HOST dev xi $NODAD
    at c route add $IN_A/$HOST dev xi
    tunnel="tmpl src $A dst $B proto esp mode tunnel reqid"
    sa a $A $B 0x1811 gcm mode tunnel && sa b $A $B 0x1811 gcm mode tunnel if_id 7
    policy a out $IN_A $FAR $tunnel 1
    at a route add $FAR/$HOST via $B dev va
    policy b in $IN_A $FAR proto udp dport 11 if_id 8 $tunnel 1
    policy b in $IN_A $FAR proto udp dport 12 if_id 7 $tunnel 9
    policy b in $IN_A $FAR proto udp dport 13 if_id 7 action block
    policy b out $FAR $IN_A if_id 7 tmpl src $B dst $A proto esp reqid 1 mode tunnel
    sa b $B $A 0x1812 gcm mode tunnel if_id 8
}

provoke() {
    for port in 11 12 13; do
        on a lab-send udp src=$IN_A dst=$FAR dport=$port
    done
    on c lab-send udp src=$FAR dst=$IN_A
}
