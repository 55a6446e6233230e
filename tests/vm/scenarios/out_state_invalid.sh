# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SA is deleted between the lookup of the route and the sending.
variants='4 6'
expect netns=a counter=XfrmOutStateInvalid n=1 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null seq=null \
    process.comm=lab-send match=held state.spi=0x00001701 cause=sa-dead \
    "why=*spi_0x00001701_is_dead*it_was_deleted*by_ip" deleted.by.comm=ip deleted.how=netlink

setup() {
    alone
    sa a $A $B 0x1701 gcm
    policy a out $A $B $TMPL
}

provoke() {
    on a lab-send cork src=$A dst=$B sport=1000 --     ip xfrm state delete src $A dst $B proto esp spi 0x1701
}
