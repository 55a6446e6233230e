# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The policy of type sub allows, the main one blocks.
variants='4 6'
expect netns=b counter=XfrmInPolBlock n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null \
    cause=policy-block policy.ptype=main policy.action=block "why=*in_policy_src_${A}/${HOST}*blocks"

setup() {
    pair
    policy b in $A $B ptype sub
    policy b in $A $B ptype main action block
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 count=2
}
