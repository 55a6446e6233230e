# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Through an xfrm interface, whose module is loaded while xfrm-snap runs: there is no SA with its if_id. Larval states
# are not to be dropped, which other senders than this interface heed. Then
# an SA hands what it carries to an interface whose if_id is not that of the policies.
variants='6'
expect netns=a counter=XfrmOutNoStates n=2 src=$A dst=$NOWHERE proto=udp sport=1000 dport=9 spi=null \
    state.if_id=0x8 match=nearest differs=if_id \
    cause=template-no-sa "why=*has_if_id_0x8_instead_of_0x7"
expect netns=b counter=XfrmInNoPols n=2 src=$IN_A dst=$IN_B proto=udp sport=1000 dport=9 \
    cause=policy-if-id-mismatch match=held state.spi=0x00005002 state.if_id=0x8 policy=null \
    near_policy.differs=if_id near_policy.policy.if_id=0x7 evidence.link.kind=xfrm evidence.link.if_id=0x8 \
    "why=*0x7*0x8"

setup() {
    pair
    sa a $A $B 0x5002 gcm reqid 2 mode tunnel
    sa b $A $B 0x5002 gcm reqid 2 mode tunnel if_id 8
    policy a out $IN_A $IN_B tmpl src $A dst $B proto esp reqid 2 mode tunnel
    policy b in $IN_A $IN_B if_id 7 tmpl src $A dst $B proto esp reqid 2 mode tunnel
    sa a $A $B 0x5001 gcm mode tunnel if_id 8
    policy a out $A $NOWHERE if_id 7 tmpl src $A dst $B proto esp reqid 1 mode tunnel
    on a sh -c 'echo 0 >/proc/sys/net/core/xfrm_larval_drop'
}

provoke() {
    modprobe xfrm_interface
    snap_wait_probe xfrmi_rcv_cb
    at a link add xi type xfrm dev va if_id 7
    at a link set xi addrgenmode none
    at a link set xi up
    at a route add $NOWHERE/$HOST dev xi
    on a lab-send udp src=$A dst=$NOWHERE sport=1000 count=2
    at b link add xj type xfrm dev vb if_id 8
    at b link set xj addrgenmode none
    at b link set xj up
    on a lab-send udp src=$IN_A dst=$IN_B sport=1000 count=2
}
