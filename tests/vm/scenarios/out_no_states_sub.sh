# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A policy of type sub and the main one: the kernel finds SAs for the templates of the first, then for those of the
# second. The sub one asks for nothing, has its SA, or has none.
variants='4 6'
expect netns=a counter=XfrmOutNoStates n=2 src=$A dst=$B proto=udp dport=11 cause=template-no-sa policy.ptype=main \
    policy.template_at=0 match=nearest differs=reqid state.spi=0x00000d01 "why=*reqid_4_instead_of_3"
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$B proto=udp dport=12 cause=sa-missing policy.ptype=main \
    policy.template_at=0 match=none "why=*ah_reqid_3*no_SA"
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$B proto=udp dport=13 cause=template-no-sa policy.ptype=sub \
    policy.template_at=0 match=nearest differs=reqid state.spi=0x00000d01 "why=*reqid_4_instead_of_5"
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$B proto=udp dport=14 cause=sa-missing policy.ptype=main \
    policy.template_at=0 match=none "why=*esp_reqid_9*no_SA"

esp() {
    echo "tmpl proto esp reqid $1 mode transport"
}

# two PORT SUB MAIN: the policies for a flow, by their templates
two() {
    # shellcheck disable=SC2086
    policy a out $A $B proto udp dport "$1" ptype sub $2
    # shellcheck disable=SC2086
    policy a out $A $B proto udp dport "$1" $3
}

setup() {
    alone
    sa a $A $B 0xd01 gcm reqid 4
    two 11 '' "$(esp 3)"
    two 12 "$(esp 4)" 'tmpl proto ah reqid 3 mode transport'
    two 13 "$(esp 5)" "$(esp 4)"
    two 14 "$(esp 4)" "$(esp 9)"
}

provoke() {
    on a lab-send udp src=$A dst=$B dport=11 count=2
    for port in 12 13 14; do
        on a lab-send udp src=$A dst=$B dport=$port
    done
}
