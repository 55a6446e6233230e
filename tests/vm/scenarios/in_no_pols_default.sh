# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# No policy, and the default is to block.
variants='4 6'
needs ip xfrm policy getdefault
expect netns=b counter=XfrmInNoPols n=3 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null cause=default-block \
    state=null policy=null \
    "why=*${A}_->_${B}_udp_1000_->_9*default_for_in_is_to_block"

setup() {
    pair
    at b xfrm policy setdefault in block
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 count=3
}
