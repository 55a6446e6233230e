# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The sender's SA is in transport mode, the receiver's in tunnel mode.
variants='4 6'
expect netns=b counter=XfrmInStateModeError n=2 src=$A dst=$B proto=esp spi=0x00000301 seq=1~2 sport=null \
    dport=null match=held state.spi=0x00000301 cause=mode-mismatch \
    "why=*spi_0x00000301_is_in_tunnel_mode*inside_of_the_packet_is_udp"

setup() {
    pair
    sa a $A $B 0x301 gcm
    sa b $A $B 0x301 gcm mode tunnel
    policy a out $A $B proto udp $TMPL
}

provoke() {
    on a lab-send udp src=$A dst=$B count=2
}
