# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A gateway should forward only what came protected.
variants='4 6'
expect netns=b counter=XfrmInTmplMismatch n=2 src=$A dst=$FAR proto=udp sport=1000 dport=9 spi=null ifname=vb \
    cause=plaintext process=null \
    "why=*${A}_->_${FAR}_udp*in_clear"

setup() {
    chain
    policy b fwd $A $FAR $TMPL
}

provoke() {
    on a lab-send udp src=$A dst=$FAR sport=1000 count=2
}
