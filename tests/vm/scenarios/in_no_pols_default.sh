# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# No policy, and the default is to block: UDP, and neighbour discovery.
variants='4 6'
needs ip xfrm policy getdefault
expect netns=b counter=XfrmInNoPols n=3 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null cause=default-block \
    state=null policy=null \
    "why=*${A}_->_${B}_udp_1000_->_9*default_for_in_is_to_block"
case $A in
*:*)
    expect netns=b counter=XfrmInNoPols n=1 src=$A dst=$B proto=ipv6-icmp cause=neighbour-discovery policy=null \
        "why=*neighbour_solicitation*no_in_policy" "advice=*for_d_in_in_out"
    ;;
esac

setup() {
    pair
    at b xfrm policy setdefault in block
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 count=3
    case $A in *:*) on a lab-send icmp src=$A dst=$B type=135 ;; esac
}
