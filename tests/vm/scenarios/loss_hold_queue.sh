# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Packets wait for an SA, a hundred and one at most; then their policy is deleted. Beside it: an SA that is there, and a
# policy for which nothing waits.
variants='4 6'
expect netns=a loss=hold-queue-full n=4 packets=1 src=$A dst=$B proto=udp sport=1000 dport=9 errno=EAGAIN
expect netns=a loss=hold-queue-purged n=1 packets=101 src=$A dst=$B proto=udp sport=1000 dport=9

setup() {
    alone
    policy a out $A $B $TMPL
    policy a out $A $NOWHERE $TMPL
    at a route add $IN_B/$HOST dev d0
    sa a $A $IN_B 0x6801 gcm
    policy a out $A $IN_B $TMPL
    on a sh -c 'echo 0 >/proc/sys/net/core/xfrm_larval_drop'
    await_acquires a
}

provoke() {
    on a lab-send udp src=$A dst=$IN_B sport=1000 count=3
    on a lab-send udp src=$A dst=$B sport=1000 count=105
    at a xfrm policy delete dir out src $A/$HOST dst $NOWHERE/$HOST
    at a xfrm policy delete dir out src $A/$HOST dst $B/$HOST
}
