# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Protected by a tunnel, where the policy wants transport mode.
variants='4 6'
expect netns=b counter=XfrmInTmplMismatch n=2 src=$IN_A dst=$IN_B proto=udp sport=1000 dport=9 spi=null \
    cause=template-mismatch match=held state.spi=0x00000902 state.mode=tunnel \
    "why=*spi_0x00000902_with_mode_tunnel*demands_mode_transport"

setup() {
    pair
    sa a $A $B 0x902 gcm mode tunnel
    sa b $A $B 0x902 gcm mode tunnel
    policy a out $IN_A $IN_B tmpl src $A dst $B proto esp reqid 1 mode tunnel
    policy b in $IN_A $IN_B $TMPL
}

provoke() {
    on a lab-send udp src=$IN_A dst=$IN_B sport=1000 count=2
}
