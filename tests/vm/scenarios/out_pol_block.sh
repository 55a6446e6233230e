# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A policy that blocks.
variants='4 6 4-init'
init_key=a
expect netns=a counter=XfrmOutPolBlock n=3 src=$A dst=$B proto=udp sport=1000 dport=9 mark=0x7 spi=null \
    cause=policy-block process.comm=lab-send \
    "why=*out_policy_src_${A}/${HOST}_dst_${B}/${HOST}*by_ip[*blocks"

setup() {
    alone
    policy a out $A $B proto udp action block
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 mark=7 count=3
}
