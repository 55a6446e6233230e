# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A policy that blocks.
variants='4 6 4-init 6-init'
expect netns=b counter=XfrmInPolBlock n=3 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null cause=policy-block \
    "why=*in_policy_src_${A}/${HOST}_dst_${B}/${HOST}*by_ip[*blocks"

setup() {
    pair
    policy b in $A $B proto udp action block
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 count=3
}
