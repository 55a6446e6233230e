# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A policy for all addresses catches the neighbour discovery, multicast and broadcast that a neighbour sends in clear, too.
variants='4 6'
case $A in
*:*) GROUP=ff02::1 ANY=::/0 ;;
*) GROUP=224.0.0.1 ANY=0.0.0.0/0 ;;
esac
expect netns=b counter=XfrmInTmplMismatch n=2 src=$A dst=$GROUP proto=udp sport=5353 dport=5353 \
    cause=neighbour-discovery "why=*multicast*in_policy" "advice=*for_d_in_in_out"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$B proto=udp dport=9 cause=plaintext
case $A in
*:*)
    expect netns=b counter=XfrmInTmplMismatch n=2 src=$A dst=$B proto=ipv6-icmp \
        cause=neighbour-discovery "why=*neighbour_solicitation*in_policy"
    expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$B proto=ipv6-icmp \
        cause=neighbour-discovery "why=*neighbour_advertisement"
    expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$B proto=ipv6-icmp cause=plaintext "why=*in_clear"
    ;;
*)
    expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=255.255.255.255 proto=udp sport=5354 dport=5353 \
        cause=neighbour-discovery "why=*is_broadcast,_and_the_in_policy"
    ;;
esac

setup() {
    pair
    at a route add $GROUP/$HOST dev va
    listen b ${ANY%/0} 5353
    at b xfrm policy add dir in src $ANY dst $ANY $TMPL
}

provoke() {
    on a lab-send udp src=$A dst=$GROUP dev=va sport=5353 dport=5353 count=2
    on a lab-send udp src=$A dst=$B
    case $A in
    *:*)
        on a lab-send icmp src=$A dst=$B type=135 count=2
        on a lab-send icmp src=$A dst=$B type=136
        on a lab-send icmp src=$A dst=$B
        ;;
    *) on a lab-send udp src=$A dst=255.255.255.255 dev=va sport=5354 dport=5353 ;;
    esac
}
