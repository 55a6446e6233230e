# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A gateway masquerades a flow into a tunnel. For the answer the kernel looks the fwd policy up with the flow as it was
# before NAT: to the gateway itself, not to the host behind it, for which there is a policy, too. So it does for a flow
# that the gateway hands on to a host behind it.
variants='4 6'
needs nft --version
needs module nft_masq
needs module nft_nat
expect netns=b counter=XfrmInNoPols n=1 src=$A dst=$FAR proto=$ICMP cause=no-fwd-policy match=held \
    state.spi=0x00002021 policy=null looked_up.src=$A looked_up.dst=$B looked_up.proto=$ICMP \
    near_policy.policy.dir=in near_policy.differs=dir "why=*${A}_->_$B"
expect netns=b counter=XfrmInNoPols n=2 src=$A dst=$FAR proto=udp sport=1000 dport=9 cause=no-fwd-policy match=held \
    policy=null looked_up.src=$A looked_up.dst=$B looked_up.proto=udp looked_up.dport=9 near_policy.policy.dir=in \
    "why=*${A}_->_$B"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$FAR proto=$ICMP cause=template-mismatch match=held \
    state.spi=0x00002021 looked_up.src=$A looked_up.dst=$B policy.templates.0.reqid=77 "why=*reqid_1*reqid_77"

setup() {
    chain
    both $A $B 0x2021 gcm mode tunnel
    both $B $A 0x2022 gcm mode tunnel
    policy a out $A $B tmpl src $A dst $B proto esp reqid 1 mode tunnel
    policy b out $B $A proto $ICMP tmpl src $B dst $A proto esp reqid 1 mode tunnel
    policy a in $B $A tmpl src $B dst $A proto esp reqid 1 mode tunnel
    policy b in $A $B tmpl src $A dst $B proto esp reqid 1 mode tunnel
    policy b fwd $A $FAR tmpl src $A dst $B proto esp reqid 5 mode tunnel
    case $A in *:*) family=ip6 ;; *) family=ip ;; esac
    on b nft "table $family n {
        chain out { type nat hook postrouting priority 100; oifname vb $family saddr $FAR masquerade; }
        chain in { type nat hook prerouting priority -100; udp dport 9 dnat to $FAR; }
    }"
}

provoke() {
    on c lab-send icmp src=$FAR dst=$A
    on a lab-send udp src=$A dst=$B sport=1000 count=2
    policy b fwd $A $B tmpl src $A dst $B proto esp reqid 77 mode tunnel
    on c lab-send icmp src=$FAR dst=$A id=2
}
