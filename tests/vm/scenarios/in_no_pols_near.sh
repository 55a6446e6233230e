# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Out of a tunnel come flows which a policy would take but for its mark, its if_id, a port, a source, its direction.
variants='4 6'
expect netns=b counter=XfrmInNoPols n=2 src=$IN_A dst=$IN_B proto=udp dport=11 cause=policy-mark-mismatch match=held \
    state.spi=0x00000a11 policy=null near_policy.differs=mark near_policy.policy.mark=0x9/0xff \
    near_policy.policy.dport=11 "why=*0x9/0xff*0x0"
expect netns=b counter=XfrmInNoPols n=1 src=$IN_A dst=$IN_B proto=udp dport=12 cause=policy-if-id-mismatch \
    match=held state.spi=0x00000a11 policy=null near_policy.differs=if_id near_policy.policy.if_id=0x7 "why=*0x7" \
    "advice=*if_id_*7*Or,_if_no_xfrm_interface_is_meant,_add_the_policy_without_if_id"
expect netns=b counter=XfrmInNoPols n=1 src=$IN_A dst=$IN_B proto=udp sport=1000 dport=13 \
    cause=policy-selector-mismatch match=held state.spi=0x00000a11 policy=null near_policy.differs=sel.sport \
    near_policy.policy.sport=7777 "why=*1000*7777"
expect netns=b counter=XfrmInNoPols n=1 src=$IN_A dst=$IN_B proto=udp dport=14 cause=policy-selector-mismatch \
    match=held policy=null near_policy.differs=sel.src near_policy.policy.src=$NOWHERE/$HOST "why=*$IN_A*$NOWHERE"
expect netns=b counter=XfrmInNoPols n=1 src=$IN_A dst=$IN_B proto=udp dport=15 cause=no-in-policy match=held \
    policy=null near_policy.differs=dir near_policy.policy.dir=fwd evidence.policy_dir=in "why=*fwd"

setup() {
    pair
    both $A $B 0xa11 gcm mode tunnel
    tunnel="tmpl src $A dst $B proto esp reqid 1 mode tunnel"
    policy a out $IN_A $IN_B $tunnel
    policy b in $IN_A $IN_B proto udp dport 11 mark 9 mask 0xff $tunnel
    policy b in $IN_A $IN_B proto udp dport 12 if_id 7 $tunnel
    policy b in $IN_A $IN_B proto udp sport 7777 dport 13 $tunnel
    policy b in $NOWHERE $IN_B proto udp dport 14 $tunnel
    policy b fwd $IN_A $IN_B proto udp dport 15 $tunnel
}

provoke() {
    on a lab-send udp src=$IN_A dst=$IN_B sport=1000 dport=11 count=2
    for port in 12 13 14 15; do
        on a lab-send udp src=$IN_A dst=$IN_B sport=1000 dport=$port
    done
}
