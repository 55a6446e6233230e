# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SA has another mark or if_id than the policy. With the SA's the policy would not take the flow: the advice is not to
# give it that, unless the flow's own mark fits.
variants='4 6'
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$B proto=udp dport=11 cause=template-no-sa differs=if_id \
    state.spi=0x00000791 "advice=*install_the_SA_with_if_id_0x0_(with_if_id_0x8_the_policy_would_not_take"
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$B proto=udp dport=12 mark=0x24 cause=template-no-sa \
    differs=mark state.spi=0x00000792 \
    "advice=*install_the_SA_with_mark_0x4/0xf_(with_mark_0x5/0xff_the_policy_would_not_take"
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$B proto=udp dport=13 mark=0x24 cause=template-no-sa \
    differs=mark state.spi=0x00000793 "advice=*mark_0x4/0xf,_or_give_the_policy_mark_0x24/0xff"

expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$B proto=udp dport=14 mark=0x24 cause=template-no-sa \
    differs=mark state.spi=0x00000794 "why=*has_mark_0x24/0xff_instead_of_no_mark" \
    "advice=*install_the_SA_with_no_mark"

setup() {
    alone
    for port in 11 12 13; do
        mark=''
        [ $port = 11 ] || mark='mark 4 mask 0xf'
        # shellcheck disable=SC2086
        policy a out $A $B proto udp dport $port $mark tmpl proto esp reqid $port mode transport
    done
    sa a $A $B 0x791 gcm reqid 11 if_id 8
    sa a $A $B 0x792 gcm reqid 12 mark 5 mask 0xff
    policy a out $A $B proto udp dport 14 tmpl proto esp reqid 14 mode transport
    sa a $A $B 0x794 gcm reqid 14 mark 0x24 mask 0xff
    sa a $A $B 0x793 gcm reqid 13 mark 0x24 mask 0xff
}

provoke() {
    on a lab-send udp src=$A dst=$B dport=11
    on a lab-send udp src=$A dst=$B dport=12 mark=0x24
    on a lab-send udp src=$A dst=$B dport=13 mark=0x24
    on a lab-send udp src=$A dst=$B dport=14 mark=0x24
}
