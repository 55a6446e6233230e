# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# IPv4 in an IPv6 tunnel and the reverse: an SA without `af-unspec` takes only its own family; with it, its other
# fields are what counts. A template in transport mode behind such a tunnel asks for an SA between the tunnel's ends.
variants='4 6'
case $A in
*:*) TO=2001:db8::9 END=10.0.0.21 END2=10.0.0.22 HERE=10.0.0.1 ;;
*) TO=198.51.100.9 END=fd00::21 END2=fd00::22 HERE=fd00::1 ;;
esac
expect netns=a counter=XfrmOutNoStates n=2 src=$A dst=$TO proto=udp dport=9 cause=selector-mismatch match=nearest \
    differs=sel.family state.spi=0x00000811 policy.wanted.src=$HERE policy.wanted.dst=$END "why=*spi_0x00000811" \
    "advice=*af-unspec"
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$TO proto=udp dport=10 cause=template-no-sa match=nearest \
    differs=reqid state.spi=0x00000812 policy.wanted.dst=$END2 "why=*spi_0x00000812*reqid_2_instead_of_1"
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$TO proto=udp dport=11 cause=sa-missing match=none state=null \
    policy.template_at=1 policy.wanted.src=$HERE policy.wanted.dst=$END2 "why=*ah_reqid_3*$END2"

setup() {
    alone
    at a route add $TO/$HOST via $B dev d0
    case $A in
    *:*) at a address add $HERE/24 dev d0 ;;
    *) at a address add $HERE/64 dev d0 nodad ;;
    esac
    sa a $HERE $END 0x811 gcm mode tunnel
    sa a $HERE $END2 0x812 gcm mode tunnel reqid 2 flag af-unspec
    policy a out $A $TO proto udp dport 9 tmpl src $HERE dst $END proto esp reqid 1 mode tunnel
    policy a out $A $TO proto udp dport 10 tmpl src $HERE dst $END2 proto esp reqid 1 mode tunnel
    policy a out $A $TO proto udp dport 11 tmpl src $HERE dst $END2 proto esp reqid 2 mode tunnel \
        tmpl src $HERE dst $END2 proto ah reqid 3 mode transport
}

provoke() {
    on a lab-send udp src=$A dst=$TO count=2
    on a lab-send udp src=$A dst=$TO dport=10
    on a lab-send udp src=$A dst=$TO dport=11
}
