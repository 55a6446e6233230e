# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The second of twelve segments meets its SA's hard limit of packets, which is counted once; the ten behind it are lost
# with it. The SA beside it has no limit.
variants='4 6'
needs kernel 5.11 # before, a veth cuts the train up before it comes to the gateway
expect netns=b counter=XfrmOutStateExpired n=1 packets=11 src=$A dst=$FAR proto=udp dport=9 state.spi=0x00006c01

setup() {
    chain
    tunnel="tmpl src $GATE dst $FAR proto esp mode tunnel reqid"
    for key in b c; do
        sa $key $GATE $FAR 0x6c01 gcm mode tunnel limit packet-hard 1
        sa $key $GATE $FAR 0x6c02 gcm mode tunnel reqid 2
    done
    policy b out $A $FAR proto udp dport 9 $tunnel 1
    policy b out $A $FAR proto udp dport 10 $tunnel 2
    policy c in $A $FAR proto udp dport 9 $tunnel 1
    policy c in $A $FAR proto udp dport 10 $tunnel 2
    listen c $FAR
    listen c $FAR 10
}

provoke() {
    on a lab-send udp src=$A dst=$FAR dport=10 len=1200 segment=100
    on a lab-send udp src=$A dst=$FAR len=1200 segment=100
}
