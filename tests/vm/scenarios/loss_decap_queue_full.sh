# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The queue behind decryption in tunnel mode takes one packet of ten that come at once. Before, it took all ten.
# They come at once if the other end of the wire has a queue of its own, which XDP gives it, and a gateway cuts up what
# was one packet.
variants='4 6'
needs kernel 5.11 # before, a veth cuts the train up before it comes to the gateway
expect netns=c loss=decap-queue-full n=9 packets=1 src=$A dst=$FAR proto=udp dport=9 state.spi=0x00006701
BACKLOG=/proc/sys/net/core/netdev_max_backlog

setup() {
    chain
    sa b $GATE $FAR 0x6701 gcm mode tunnel
    sa c $GATE $FAR 0x6701 gcm mode tunnel
    policy b out $A $FAR tmpl src $GATE dst $FAR proto esp reqid 1 mode tunnel
    policy c in $A $FAR tmpl src $GATE dst $FAR proto esp reqid 1 mode tunnel
    listen c $FAR
    bpftool prog loadall /lab/vm/faults.o "/sys/fs/bpf/pass$began"
    on c bpftool net attach xdp pinned "/sys/fs/bpf/pass$began/pass" dev wc
}

provoke() {
    on a lab-send udp src=$A dst=$FAR len=1000 segment=100
    usual=$(cat $BACKLOG)
    echo 0 >$BACKLOG
    on a lab-send udp src=$A dst=$FAR len=1000 segment=100
    await_losses c 9
    echo "$usual" >$BACKLOG
}
