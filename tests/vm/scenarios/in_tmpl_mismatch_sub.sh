# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A policy of type sub and the main one: the kernel wants the templates of both met together. In clear; through an SA
# that is not what the main one asks for; without the SA that the sub one asks for; through a tunnel that no one does.
variants='4 6'
expect netns=b counter=XfrmInTmplMismatch n=2 src=$A dst=$B proto=udp dport=11 cause=plaintext policy.ptype=main other_policy.ptype=sub \
    policy.dir=in "why=*in_clear*esp_transport_reqid_1"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$B proto=udp dport=12 cause=template-mismatch \
    policy.ptype=main other_policy.ptype=sub policy.template_at=0 policy.secpath_at=0 differs=reqid \
    "why=*with_reqid_1,_but*demands_reqid_5*ptype_sub*met_together"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$B proto=udp dport=13 cause=template-mismatch \
    policy.ptype=sub other_policy.ptype=main policy.template_at=0 policy.secpath_at=null "why=*none_is_left*ptype_sub*ah_transport_reqid_3"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$IN_A dst=$IN_B proto=udp dport=14 cause=template-mismatch \
    policy.ptype=main other_policy.ptype=sub policy.template_at=0 policy.secpath_at=0 "why=*neither*nor*ptype_sub*has_a_template"

# two PORT SUB MAIN: the policies of b for a flow, by their templates
two() {
    # shellcheck disable=SC2086
    policy b in $A $B proto udp dport "$1" ptype sub $2
    # shellcheck disable=SC2086
    policy b in $A $B proto udp dport "$1" $3
}

setup() {
    pair
    both $A $B 0xc01 gcm
    both $A $B 0xc02 gcm reqid 2 mode tunnel
    policy a out $A $B proto udp dport 12 $TMPL
    policy a out $A $B proto udp dport 13 $TMPL
    policy a out $IN_A $IN_B tmpl src $A dst $B proto esp reqid 2 mode tunnel
    two 11 '' "$TMPL"
    two 12 "$TMPL" 'tmpl proto esp reqid 5 mode transport'
    two 13 'tmpl proto ah reqid 3 mode transport' "$TMPL"
    policy b in $IN_A $IN_B ptype sub
    policy b in $IN_A $IN_B
}

provoke() {
    on a lab-send udp src=$A dst=$B dport=11 count=2
    on a lab-send udp src=$A dst=$B dport=12
    on a lab-send udp src=$A dst=$B dport=13
    on a lab-send udp src=$IN_A dst=$IN_B dport=14
}
