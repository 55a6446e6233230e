# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Policies that come first and whose selectors hold nothing against the flow, but that the kernel does not take: of the
# other family, with an if_id, with a mark. The right one is named, or none.
variants='4 6'
expect netns=a counter=XfrmOutNoStates n=2 src=$A dst=$B proto=udp sport=1000 dport=9 cause=template-no-sa \
    differs=mode policy.priority=100 policy.dir=out policy.templates.0.reqid=1 "why=*spi_0x00000941*mode_tunnel"
expect netns=b counter=XfrmInTmplMismatch n=2 src=$A dst=$B proto=udp sport=1000 dport=10 cause=plaintext \
    policy.priority=100 policy.dir=in policy.templates.0.reqid=1 "why=*reqid_1"
expect netns=b counter=XfrmInNoPols n=1 src=$IN_A dst=$IN_B proto=udp dport=11 match=held \
    state.spi=0x00000941 policy=null near_policy=null cause=no-inbound-policy

# decoys KEY DIR
decoys() {
    case $A in *:*) other=0.0.0.0/0 same=::/0 ;; *) other=::/0 same=0.0.0.0/0 ;; esac
    blind='priority 1 tmpl proto esp reqid 9 mode transport'
    at "$1" xfrm policy add dir "$2" src $other dst $other $blind
    at "$1" xfrm policy add dir "$2" src $same dst $same if_id 9 $blind
    at "$1" xfrm policy add dir "$2" src $same dst $same mark 5 mask 0xff $blind
}

setup() {
    pair
    both $A $B 0x941 gcm mode tunnel
    policy a out $IN_A $IN_B priority 50 tmpl src $A dst $B proto esp reqid 1 mode tunnel
    decoys a out
    decoys b in
    policy a out $A $B proto udp dport 9 priority 100 $TMPL
    policy b in $A $B proto udp dport 10 priority 100 $TMPL
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 count=2
    on a lab-send udp src=$A dst=$B sport=1000 dport=10 count=2
    on a lab-send udp src=$IN_A dst=$IN_B dport=11
}
