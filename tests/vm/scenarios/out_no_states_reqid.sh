# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SA to the destination has another reqid than the policy's template; or another mode, too, and each is told.
variants='4 6'
expect netns=a counter=XfrmOutNoStates n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null \
    cause=template-no-sa match=nearest differs=reqid state.spi=0x00001001 state.reqid=2 \
    "why=*spi_0x00001001*has_reqid_2_instead_of_1"
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$FAR proto=udp dport=10 cause=template-no-sa match=nearest \
    differs=reqid,mode state.spi=0x00001002 "why=*has_reqid_3_instead_of_1_and_mode_tunnel_instead_of_transport" \
    "advice=*with_reqid_1_and_mode_transport,_or_give_the_policy's_template_reqid_3_and_mode_tunnel"

setup() {
    alone
    sa a $A $B 0x1001 gcm reqid 2
    policy a out $A $B $TMPL
    at a route add $FAR/$HOST via $B dev d0
    sa a $A $FAR 0x1002 gcm reqid 3 mode tunnel
    policy a out $A $FAR $TMPL
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 count=2
    on a lab-send udp src=$A dst=$FAR dport=10
}
