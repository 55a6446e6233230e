# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The route to the peer of an xfrm interface's tunnel leads into that interface.
variants='4 6'
needs module xfrm_interface
expect netns=a loss=interface-loop n=2 packets=1 src=$IN_A dst=$IN_B proto=udp sport=1000 dport=9 ifname=xi

setup() {
    pair
    at a link add xi type xfrm dev va if_id 7
    at a link set xi addrgenmode none
    at a link set xi up
    at a route add $NOWHERE/$HOST dev xi src $A
    at a route replace $IN_B/$HOST dev xi src $IN_A
    sa a $A $NOWHERE 0x6301 gcm mode tunnel if_id 7
    policy a out $IN_A $IN_B if_id 7 tmpl src $A dst $NOWHERE proto esp reqid 1 mode tunnel
}

provoke() {
    snap_wait_probe xfrmi_xmit
    on a lab-send udp src=$IN_A dst=$IN_B sport=1000 count=2
}
