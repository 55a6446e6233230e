# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A policy for all addresses catches neighbour discovery, multicast and broadcast, too.
variants='4 6'
case $A in
*:*) GROUP=ff02::fb ;;
*) GROUP=224.0.0.251 ;;
esac
expect netns=a counter=XfrmOutNoStates n=2 src=$A dst=$GROUP proto=udp sport=5353 dport=5353 \
    cause=neighbour-discovery "why=*multicast"
case $A in
*:*)
    expect netns=a counter=XfrmOutNoStates n=2 src=$A dst=$B proto=ipv6-icmp packet.icmp_type=135 sport=null \
        cause=neighbour-discovery "why=*neighbo"
    expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$B proto=ipv6-icmp packet.icmp_type=136 \
        cause=neighbour-discovery "why=*neighbo"
    expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$B proto=ipv6-icmp packet.icmp_type=128 cause=sa-missing
    ;;
*)
    expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=255.255.255.255 proto=udp dport=68 cause=neighbour-discovery \
        "why=*is_broadcast,_and_the_out_policy" "advice=*dst_255.255.255.255/32_dir"
    ;;
esac

setup() {
    alone
    at a route add $GROUP/$HOST dev d0
    case $A in
    *:*) at a xfrm policy add dir out src ::/0 dst ::/0 $TMPL ;;
    *) at a xfrm policy add dir out src 0.0.0.0/0 dst 0.0.0.0/0 $TMPL ;;
    esac
}

provoke() {
    on a lab-send udp src=$A dst=$GROUP dev=d0 sport=5353 dport=5353 count=2
    case $A in
    *:*)
        on a lab-send icmp src=$A dst=$B type=135 count=2
        on a lab-send icmp src=$A dst=$B type=136
        on a lab-send icmp src=$A dst=$B
        ;;
    *) on a lab-send udp src=$A dst=255.255.255.255 dev=d0 sport=67 dport=68 ;;
    esac
}
