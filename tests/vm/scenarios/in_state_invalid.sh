# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Two packets arrive at once when the SA's last packet is used up: the first expires it, and the second meets it before
# its timer has removed it. netem makes the two of one.
variants='4 6'
needs module sch_netem
needs softirqs_in_order
expect netns=b counter=XfrmInStateExpired n=1 src=$A dst=$B proto=esp spi=0x00000701 seq=2 \
    cause=sa-expired "why=*limit_of_1_packet_(1_used)"
expect netns=b counter=XfrmInStateInvalid n=1 src=$A dst=$B proto=esp spi=0x00000701 seq=2 \
    cause=sa-expired "why=*limit_of_1_packet_("

setup() {
    pair
    sa a $A $B 0x701 gcm
    sa b $A $B 0x701 gcm limit packet-hard 1
    policy a out $A $B proto udp $TMPL
    listen b $B
    on a lab-send udp src=$A dst=$B
    on a tc qdisc add dev va root netem duplicate 100%
}

provoke() {
    on a lab-send udp src=$A dst=$B
}
