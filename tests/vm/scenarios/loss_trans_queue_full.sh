# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The queue behind decryption in transport mode takes no more. Before, it took all.
variants='4 6'
expect netns=b loss=trans-queue-full n=3 packets=1 src=$A dst=$B proto=udp dport=9 state.spi=0x00006601
BACKLOG=/proc/sys/net/core/netdev_max_backlog

setup() {
    pair
    both $A $B 0x6601 gcm
    policy a out $A $B proto udp $TMPL
    listen b $B
}

provoke() {
    on a lab-send udp src=$A dst=$B count=3
    usual=$(cat $BACKLOG)
    echo 0 >$BACKLOG
    on a lab-send udp src=$A dst=$B count=3 interval=50
    await_losses b 3
    echo "$usual" >$BACKLOG
}
