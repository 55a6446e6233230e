# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Policies with several templates, of which one finds no SA: the second one behind an IPComp tunnel (no SA, another
# reqid, deleted), the first one, one behind an optional one, and the second of two that differ in protocol.
variants='4 6'
D1=${A%1}21 D2=${A%1}22 D3=${A%1}23 D4=${A%1}24
expect netns=a counter=XfrmOutNoStates n=1 src=$IN_A dst=$IN_B proto=udp dport=11 cause=sa-missing \
    policy.template_at=1 state=null policy.wanted.dst=$D1 policy.wanted.src=$A "why=*esp_reqid_1_*$D1"
expect netns=a counter=XfrmOutNoStates n=1 src=$IN_A dst=$IN_B proto=udp dport=12 cause=template-no-sa \
    policy.template_at=1 match=nearest differs=reqid state.spi=0x00000782 state.reqid=7 policy.wanted.dst=$D2 \
    "why=*spi_0x00000782*reqid_7_instead_of_1"
expect netns=a counter=XfrmOutNoStates n=1 src=$IN_A dst=$IN_B proto=udp dport=13 cause=sa-deleted \
    policy.template_at=1 deleted.state.spi=0x00000783 deleted.how=netlink deleted.by.comm=ip \
    "why=*spi_0x00000783_was_deleted*by_ip["
expect netns=a counter=XfrmOutNoStates n=1 src=$IN_A dst=$IN_B proto=udp dport=14 cause=template-no-sa \
    policy.template_at=0 match=nearest differs=reqid state.proto=comp state.reqid=2 "why=*reqid_2_instead_of_9"
expect netns=a counter=XfrmOutNoStates n=1 src=$IN_A dst=$IN_B proto=udp dport=15 cause=template-no-sa \
    policy.template_at=1 match=nearest differs=reqid,mode state.spi=0x00000782 \
    "why=*Template_2_*spi_0x00000782*reqid_7_instead_of_5"
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$D4 proto=udp dport=16 cause=sa-missing \
    policy.template_at=1 match=none state=null policy.wanted.dst=$D4 "why=*ah_reqid_3*$D4"
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$D4 proto=udp dport=17 cause=template-no-sa \
    policy.template_at=0 match=nearest differs=reqid state.spi=0x00000784 "why=*spi_0x00000784*reqid_4_instead_of_5"

# to PORT FIRST SECOND: the templates of a flow from inside, by the words of ip(8)
to() {
    # shellcheck disable=SC2086
    policy a out $IN_A $IN_B proto udp dport "$1" tmpl $2 tmpl $3
}

setup() {
    alone
    inner a d0 $IN_A $IN_B $B
    for end in $D1 $D2 $D3; do
        sa a $A $end 0x78c comp reqid 2 mode tunnel
    done
    sa a $A $D2 0x782 gcm reqid 7
    sa a $A $D3 0x783 gcm
    sa a $A $D4 0x784 gcm reqid 4
    esp='proto esp reqid 1 mode transport'
    to 11 "src $A dst $D1 proto comp reqid 2 mode tunnel" "$esp"
    to 12 "src $A dst $D2 proto comp reqid 2 mode tunnel" "$esp"
    to 13 "src $A dst $D3 proto comp reqid 2 mode tunnel" "$esp"
    to 14 "src $A dst $D1 proto comp reqid 9 mode tunnel" "$esp"
    to 15 "proto comp reqid 8 mode transport level use" "src $A dst $D2 proto esp reqid 5 mode tunnel"
    policy a out $A $D4 proto udp dport 16 tmpl proto esp reqid 4 mode transport tmpl proto ah reqid 3 mode transport
    policy a out $A $D4 proto udp dport 17 tmpl proto esp reqid 5 mode transport tmpl proto ah reqid 3 mode transport
}

provoke() {
    at a xfrm state delete src $A dst $D3 proto esp spi 0x783
    for port in 11 12 13 14 15; do
        on a lab-send udp src=$IN_A dst=$IN_B dport=$port
    done
    on a lab-send udp src=$A dst=$D4 dport=16
    on a lab-send udp src=$A dst=$D4 dport=17
}
