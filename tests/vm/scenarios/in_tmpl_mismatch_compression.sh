# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# IPComp sends what does not shrink as it is. A policy that demands IPComp, in tunnel or in transport mode, refuses it. A
# packet that it would have compressed was sent in clear.
variants='4 6'
expect netns=b counter=XfrmInTmplMismatch n=2 src=$IN_A dst=$IN_B proto=udp sport=1000 dport=9 \
    cause=compression-optional policy.template_at=0 "why=*comp*" "advice=*level_use"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$B proto=udp sport=1000 dport=10 \
    cause=compression-optional policy.template_at=0 "why=*comp*" "advice=*level_use"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$B proto=udp sport=1001 dport=10 \
    cause=plaintext "why=*in_clear*comp_transport_reqid_3"

setup() {
    pair
    both $A $B 0x921 comp reqid 2 mode tunnel
    both $A $B 0x922 gcm
    both $A $B 0x923 comp reqid 3
    for side in "a out" "b in"; do
        # shellcheck disable=SC2086
        policy $side $IN_A $IN_B tmpl src $A dst $B proto comp reqid 2 mode tunnel $TMPL
        # shellcheck disable=SC2086
        policy $side $A $B proto udp dport 10 tmpl proto comp reqid 3 mode transport $TMPL
    done
}

provoke() {
    on a lab-send udp src=$IN_A dst=$IN_B sport=1000 len=8 count=2
    on a lab-send udp src=$A dst=$B sport=1000 dport=10 len=8
    at a xfrm policy delete src $A dst $B proto udp dport 10 dir out
    on a lab-send udp src=$A dst=$B sport=1001 dport=10 len=200
}
