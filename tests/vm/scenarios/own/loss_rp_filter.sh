# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Reported only with --after-decryption: a packet comes out of a VTI, and the way back to its source is another device.
# The kernel does not ask this of packets that still have their secpath: the same source through a plain tunnel passes.
variants='4'
snap_options=--after-decryption
needs kernel 5.17 # before, kfree_skb is given no reason
needs module ip_vti
expect netns=b loss=rp-filter n=2 packets=1 src=$IN_A dst=$IN_B proto=udp dport=9 errno=EXDEV ifname=vti1

setup() {
    pair
    on b sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter'
    at b address add $NOWHERE/$HOST dev vb
    at b link add vti1 type vti local $NOWHERE remote $A key 9
    at b link set vti1 up
    at a route add $NOWHERE/$HOST via $B dev va
    both $A $NOWHERE 0x6f11 gcm mode tunnel
    both $A $B 0x6f12 gcm mode tunnel reqid 2
    policy a out $IN_A $IN_B proto udp dport 9 tmpl src $A dst $NOWHERE proto esp reqid 1 mode tunnel
    policy b in $IN_A $IN_B proto udp dport 9 tmpl src $A dst $NOWHERE proto esp reqid 1 mode tunnel
    policy a out $IN_A $IN_B proto udp dport 10 tmpl src $A dst $B proto esp reqid 2 mode tunnel
    policy b in $IN_A $IN_B proto udp dport 10 tmpl src $A dst $B proto esp reqid 2 mode tunnel
    listen b $IN_B
    listen b $IN_B 10
}

provoke() {
    on a lab-send udp src=$IN_A dst=$IN_B dport=10 count=2
    on a lab-send udp src=$IN_A dst=$IN_B count=2
}
