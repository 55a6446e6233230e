# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A gateway cuts a packet into twelve segments. The queue of its device takes three and refuses the fourth: the eight
# behind it are lost with it. The train to another port goes before the queue is there.
variants='4 6'
needs kernel 5.11 # before, a veth cuts the train up before it comes to the gateway
expect netns=b loss=gso-tail n=1 packets=8 src=$A dst=$FAR proto=udp dport=9 state.spi=0x00006b01

setup() {
    chain
    sa b $GATE $FAR 0x6b01 gcm mode tunnel
    sa c $GATE $FAR 0x6b01 gcm mode tunnel
    policy b out $A $FAR tmpl src $GATE dst $FAR proto esp reqid 1 mode tunnel
    policy c in $A $FAR tmpl src $GATE dst $FAR proto esp reqid 1 mode tunnel
    listen c $FAR
    listen c $FAR 10
}

provoke() {
    on a lab-send udp src=$A dst=$FAR dport=10 len=1200 segment=100
    on b tc qdisc add dev wb root netem delay 100s limit 3
    on a lab-send udp src=$A dst=$FAR len=1200 segment=100
}
