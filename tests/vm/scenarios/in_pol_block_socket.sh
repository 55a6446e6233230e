# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A socket's own policy blocks.
variants='4 6'
expect netns=b counter=XfrmInPolBlock n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null \
    cause=policy-block policy.socket=true "why=*socket's_in_policy*lab-send["

setup() {
    pair
    listen b $B 9 policy=in:block
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 count=2
}
