# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Policies with three templates: the middle one fails by its reqid; the middle one is optional, and the last one fails;
# behind an optional one that has its SA the middle one fails by its mode; the last one of a tunnel in a tunnel fails.
variants='4 6'
D1=${A%1}21
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$B proto=udp dport=11 cause=template-no-sa match=nearest \
    policy.template_at=1 differs=reqid state.spi=0x00000711 "why=*Template_2_of_the_policy's_3*reqid_1_instead_of_9."
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$B proto=udp dport=12 cause=template-no-sa match=nearest \
    policy.template_at=2 differs=reqid state.spi=0x00000712 "why=*Template_3_of_the_policy's_3*reqid_2_instead_of_7."
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$B proto=udp dport=13 cause=template-no-sa match=nearest \
    policy.template_at=1 differs=mode state.spi=0x00000711 "why=*Template_2_*transport_instead_of_tunnel."
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$B proto=udp dport=14 cause=template-no-sa match=nearest \
    policy.template_at=2 policy.wanted.src=$D1 policy.wanted.dst=$B state.spi=0x00000711 "why=*Template_3_*to_${B};*"

setup() {
    alone
    sa a $A $B 0x711 gcm reqid 1
    sa a $A $B 0x712 ah reqid 2
    sa a $A $B 0x713 comp reqid 3
    sa a $A $D1 0x714 gcm reqid 4 mode tunnel
    sa a $A $D1 0x715 ah reqid 5
    by='mode transport tmpl' ah='proto ah reqid 2 mode transport'
    policy a out $A $B proto udp dport 11 tmpl proto comp reqid 3 $by proto esp reqid 9 $by $ah
    policy a out $A $B proto udp dport 12 tmpl proto esp reqid 1 $by proto comp reqid 8 mode transport level use \
        tmpl proto ah reqid 7 mode transport
    policy a out $A $B proto udp dport 13 tmpl proto comp reqid 3 mode transport level use \
        tmpl src $A dst $B proto esp reqid 1 mode tunnel tmpl $ah
    policy a out $A $B proto udp dport 14 tmpl src $A dst $D1 proto esp reqid 4 mode tunnel \
        tmpl proto ah reqid 5 mode transport tmpl src $D1 dst $B proto esp reqid 1 mode tunnel
}

provoke() {
    for port in 11 12 13 14; do
        on a lab-send udp src=$A dst=$B dport=$port
    done
}
