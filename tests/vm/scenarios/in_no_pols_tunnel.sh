# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Out of a tunnel comes a flow for which there is no policy.
variants='4 6 4-init'
expect netns=b counter=XfrmInNoPols n=2 src=$IN_A dst=$IN_B proto=udp sport=1000 dport=9 spi=null \
    cause=no-inbound-policy match=held state.spi=0x00000a01 state.mode=tunnel policy=null \
    "why=*tunnel_SA_esp_spi_0x00000a01*${IN_A}_->_${IN_B}_udp_1000_->_9"

setup() {
    pair
    sa a $A $B 0xa01 gcm mode tunnel
    sa b $A $B 0xa01 gcm mode tunnel
    policy a out $IN_A $IN_B tmpl src $A dst $B proto esp reqid 1 mode tunnel
}

provoke() {
    on a lab-send udp src=$IN_A dst=$IN_B sport=1000 count=2
}
