# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A gateway's policy for what it forwards blocks.
variants='4 6'
expect netns=b counter=XfrmInPolBlock n=2 src=$A dst=$FAR proto=udp sport=1000 dport=9 spi=null ifname=vb \
    cause=policy-block process=null \
    "why=*fwd_policy_src_${A}/${HOST}_dst_${FAR}/${HOST}*by_ip[*blocks"

setup() {
    chain
    policy b fwd $A $FAR action block
}

provoke() {
    on a lab-send udp src=$A dst=$FAR sport=1000 count=2
}
