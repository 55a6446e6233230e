# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The kernel looks fragments up without ports, the first one, too: in clear where they should come protected, out of a
# tunnel whose policy is for a port (IPv6 alone: IPv4 is cut behind the tunnel's entry), and into an SA whose selector has one.
variants='4 6'
expect netns=b counter=XfrmInTmplMismatch n=3 src=$A dst=$FAR proto=udp cause=plaintext looked_up.sport=0 \
    looked_up.dport=0 "why=*${A}_->_${FAR}_udp_(without_ports,_as_fragments_are)_came_in_clear*"
expect netns=b counter=XfrmOutNoStates n=3 src=$FAR dst=$A proto=udp sport=0 dport=0 cause=selector-mismatch \
    match=nearest differs=sel.dport state.spi=0x00001711 "why=*dport_is_none,_the_selector_says_9." \
    "advice=*without_ports:_fragments_have_none*"
case $A in *:*)
    expect netns=b counter=XfrmInNoPols n=3 src=$IN_A dst=$FAR proto=udp cause=policy-selector-mismatch match=held \
        state.spi=0x00001712 near_policy.differs=sel.dport "why=*wants_dport_9,_and_the_flow_has_none."
    ;;
esac

setup() {
    chain
    tunnel="tmpl src $A dst $B proto esp reqid 3 mode tunnel"
    both $A $B 0x1712 gcm reqid 3 mode tunnel
    policy a out $IN_A $FAR $tunnel
    policy b fwd $IN_A $FAR proto udp dport 9 $tunnel
    policy b fwd $A $FAR $tunnel
    policy b out $FAR $A tmpl proto esp reqid 2 mode transport
    sa b $FAR $A 0x1711 gcm reqid 2 sel src $FAR dst $A proto udp dport 9
}

provoke() {
    on a lab-send udp src=$A dst=$FAR sport=1000 len=3000
    on a lab-send udp src=$IN_A dst=$FAR sport=1000 len=3000
    on c lab-send udp src=$FAR dst=$A sport=1000 len=3000
}
