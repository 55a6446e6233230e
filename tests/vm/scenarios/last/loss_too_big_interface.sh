# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The same, of this host's own packets into an xfrm interface: one loss each, though the interface refuses them, too.
variants='4 6'
needs module xfrm_interface
LEN=1472
case $A in *:*) LEN=1452 ;; esac
expect netns=a loss=too-big n=2 packets=1 src=$IN_A dst=$IN_B proto=udp sport=1000 dport=9 spi=null

setup() {
    pair
    both $A $B 0x6101 gcm mode tunnel if_id 7
    at a link add xi type xfrm dev va if_id 7
    at b link add xi type xfrm dev vb if_id 7
    for key in a b; do
        at $key link set xi addrgenmode none
        at $key link set xi mtu 1500 up
    done
    at a route replace $IN_B/$HOST dev xi src $IN_A
    policy a out $IN_A $IN_B if_id 7 tmpl src $A dst $B proto esp reqid 1 mode tunnel
    policy b in $IN_A $IN_B if_id 7 tmpl src $A dst $B proto esp reqid 1 mode tunnel
    listen b $IN_B
}

provoke() {
    snap_wait_probe xfrmi_xmit
    on a lab-send udp src=$IN_A dst=$IN_B sport=1000 df=1 count=3
    on a lab-send udp src=$IN_A dst=$IN_B sport=1000 df=1 len=$LEN count=2
}
