# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An xfrm interface for whose if_id there is no policy, and a VTI for whose key there is none. The interface beside them
# has one.
variants='4 6'
needs module xfrm_interface
needs module ip_vti
needs module ip6_vti
expect netns=a loss=interface-no-policy n=2 packets=1 src=$A dst=$NOWHERE proto=udp sport=1000 dport=9 ifname=xi
expect netns=a loss=interface-no-policy n=3 packets=1 src=$A dst=$NOWHERE proto=udp sport=1000 dport=10 ifname=vti1

setup() {
    pair
    at a link add xi type xfrm dev va if_id 7
    at a link add xj type xfrm dev va if_id 8
    case $A in
    *:*) at a link add vti1 type vti6 local $A remote $B key 9 ;;
    *) at a link add vti1 type vti local $A remote $B key 9 ;;
    esac
    for dev in xi xj vti1; do
        at a link set $dev addrgenmode none
        at a link set $dev up
    done
    at a route add $NOWHERE/$HOST dev xi
    at a route replace $IN_B/$HOST dev xj src $IN_A
    sa a $A $B 0x6201 gcm mode tunnel if_id 8
    sa b $A $B 0x6201 gcm mode tunnel
    policy a out $IN_A $IN_B if_id 8 tmpl src $A dst $B proto esp reqid 1 mode tunnel
    policy b in $IN_A $IN_B tmpl src $A dst $B proto esp reqid 1 mode tunnel
    listen b $IN_B
}

provoke() {
    snap_wait_probe xfrmi_xmit
    case $A in *:*) snap_wait_probe vti6_tnl_xmit ;; *) snap_wait_probe vti_tunnel_xmit ;; esac
    on a lab-send udp src=$IN_A dst=$IN_B sport=1000 count=3
    on a lab-send udp src=$A dst=$NOWHERE sport=1000 count=2
    at a route replace $NOWHERE/$HOST dev vti1
    on a lab-send udp src=$A dst=$NOWHERE sport=1000 dport=10 count=3
}
