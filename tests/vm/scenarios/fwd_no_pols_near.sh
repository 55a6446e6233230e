# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A gateway takes flows out of a tunnel, which it should forward. There is the in policy only, or one with a mark, or
# with an if_id, or for other ports.
variants='4 6'
expect netns=b counter=XfrmInNoPols n=2 src=$IN_A dst=$FAR proto=udp dport=11 cause=no-fwd-policy match=held \
    state.spi=0x00002011 policy=null near_policy.differs=dir near_policy.policy.dir=in evidence.policy_dir=fwd \
    "why=*in_policy"
expect netns=b counter=XfrmInNoPols n=1 src=$IN_A dst=$FAR proto=udp dport=12 cause=policy-mark-mismatch match=held \
    policy=null near_policy.differs=mark near_policy.policy.dir=fwd "why=*0x5/0xffffffff*0x0"
expect netns=b counter=XfrmInNoPols n=1 src=$IN_A dst=$FAR proto=udp dport=13 cause=policy-if-id-mismatch \
    match=held policy=null near_policy.differs=if_id near_policy.policy.if_id=0x9 "why=*0x9"
expect netns=b counter=XfrmInNoPols n=1 src=$IN_A dst=$FAR proto=udp dport=14 cause=policy-selector-mismatch \
    match=held policy=null near_policy.differs=sel.proto near_policy.policy.proto=tcp "why=*tcp"

setup() {
    chain
    both $A $B 0x2011 gcm mode tunnel
    tunnel="tmpl src $A dst $B proto esp reqid 1 mode tunnel"
    policy a out $IN_A $FAR $tunnel
    policy b in $IN_A $FAR proto udp dport 11 $tunnel
    policy b fwd $IN_A $FAR proto udp dport 12 mark 5 $tunnel
    policy b fwd $IN_A $FAR proto udp dport 13 if_id 9 $tunnel
    policy b fwd $IN_A $FAR proto tcp dport 14 $tunnel
}

provoke() {
    on a lab-send udp src=$IN_A dst=$FAR dport=11 count=2
    for port in 12 13 14; do
        on a lab-send udp src=$IN_A dst=$FAR dport=$port
    done
}
