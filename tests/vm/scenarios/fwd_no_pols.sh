# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A gateway takes a flow out of a tunnel and has no policy to forward it.
variants='4 6'
expect netns=b counter=XfrmInNoPols n=2 src=$IN_A dst=$FAR proto=udp sport=1000 dport=9 spi=null \
    cause=no-inbound-policy match=held state.spi=0x00002001 process=null \
    "why=*tunnel_SA_esp_spi_0x00002001*${IN_A}_->_${FAR}_udp_1000_->_9"

setup() {
    chain
    sa a $A $B 0x2001 gcm mode tunnel
    sa b $A $B 0x2001 gcm mode tunnel
    policy a out $IN_A $FAR tmpl src $A dst $B proto esp reqid 1 mode tunnel
}

provoke() {
    on a lab-send udp src=$IN_A dst=$FAR sport=1000 count=2
}
