# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A tunnel in a tunnel, and policies that have a template for the inner one alone, for the outer one alone, for both in
# the wrong order, or for another outer one; no policy; and templates of transport mode in the wrong order.
variants='4 6'
needs without xfrmi_input # an XFRM interface's module asks for a policy of the tunnel inside as well
A2=${A%1}31 B2=${A%1}32
expect netns=b counter=XfrmInTmplMismatch n=1 src=$IN_A dst=$IN_B dport=11 cause=template-mismatch match=held \
    state.spi=0x00000c12 "why=*the_tunnel_SA_esp_spi_0x00000c12,_*has_no_template_for_it." \
    "advice=*src_${A2}_dst_${B2}_proto_esp_reqid_1_mode_tunnel_tmpl_src_${A}_dst_${B}_proto_esp_reqid_2_mode_tunnel"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$IN_A dst=$IN_B dport=12 cause=template-mismatch match=held \
    state.spi=0x00000c11 "why=*the_tunnel_SA_esp_spi_0x00000c11,_*has_no_template_for_it." "advice=*reqid_1*reqid_2*"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$IN_A dst=$IN_B dport=13 cause=template-mismatch match=held \
    "why=*in_another_order:_esp_spi_0x00000c12,_then_esp_spi_0x00000c11.*" "advice=*reqid_1*reqid_2*"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$IN_A dst=$IN_B dport=14 cause=template-mismatch match=held \
    differs=reqid policy.template_at=1 state.spi=0x00000c12 "why=*spi_0x00000c12_with_reqid_2*demands_reqid_7."
expect netns=b counter=XfrmInNoPols n=1 src=$IN_A dst=$IN_B dport=15 cause=no-inbound-policy match=held \
    state.spi=0x00000c11 "why=*Out_of_the_tunnel_SA_esp_spi_0x00000c11_came*"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$B dport=16 cause=template-mismatch match=held \
    "why=*in_another_order:_ah_*,_then_esp_*,_then_comp_*" "advice=*proto_comp*proto_esp*proto_ah*"

setup() {
    pair
    at a address add $A2/$HOST dev va $NODAD
    at b address add $B2/$HOST dev vb $NODAD
    at a route add $B2/$HOST via $B dev va src $A2
    at b route add $A2/$HOST via $A dev vb src $B2
    both $A2 $B2 0xc11 gcm reqid 1 mode tunnel
    both $A $B 0xc12 gcm reqid 2 mode tunnel
    inner="tmpl src $A2 dst $B2 proto esp reqid 1 mode tunnel"
    outer="tmpl src $A dst $B proto esp reqid 2 mode tunnel"
    for port in 11 12 13 14 15; do
        policy a out $IN_A $IN_B proto udp dport $port $inner $outer
    done
    policy b in $IN_A $IN_B proto udp dport 11 $inner
    policy b in $IN_A $IN_B proto udp dport 12 $outer
    policy b in $IN_A $IN_B proto udp dport 13 $outer $inner
    policy b in $IN_A $IN_B proto udp dport 14 $inner tmpl src $A dst $B proto esp reqid 7 mode tunnel
    both $A $B 0xc13 gcm reqid 3 && both $A $B 0xc14 ah reqid 4 && both $A $B 0xc15 comp reqid 5
    esp='tmpl proto esp reqid 3 mode transport' ah='tmpl proto ah reqid 4 mode transport'
    comp='tmpl proto comp reqid 5 mode transport'
    policy a out $A $B proto udp dport 16 $comp $esp $ah
    policy b in $A $B proto udp dport 16 $esp $comp $ah
}

provoke() {
    for port in 11 12 13 14 15; do
        on a lab-send udp src=$IN_A dst=$IN_B dport=$port
    done
    on a lab-send udp src=$A dst=$B dport=16 len=1000
}
