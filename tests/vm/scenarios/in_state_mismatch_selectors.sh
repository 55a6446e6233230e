# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# SAs that carry flows outside of their selectors: source, protocol, port, destination.
variants='4 6'
expect netns=b counter=XfrmInStateMismatch n=1 src=$A dst=$B proto=udp dport=11 cause=selector-mismatch match=held \
    state.spi=0x00000611 differs=sel.src "why=*spi_0x00000611*$A*$IN_A"
expect netns=b counter=XfrmInStateMismatch n=1 src=$A dst=$B proto=udp dport=12 cause=selector-mismatch match=held \
    state.spi=0x00000612 differs=sel.proto "why=*spi_0x00000612*tcp"
expect netns=b counter=XfrmInStateMismatch n=1 src=$A dst=$B proto=udp sport=1000 dport=13 cause=selector-mismatch \
    match=held state.spi=0x00000613 differs=sel.sport "why=*spi_0x00000613*1000*7777"
expect netns=b counter=XfrmInStateMismatch n=1 src=$A dst=$B proto=udp dport=14 cause=selector-mismatch match=held \
    state.spi=0x00000614 differs=sel.dst "why=*spi_0x00000614*$B*$IN_B"

setup() {
    pair
    for port in 11 12 13 14; do
        sa a $A $B 0x6$port gcm reqid $port
        policy a out $A $B proto udp dport $port tmpl proto esp reqid $port mode transport
    done
    sa b $A $B 0x611 gcm sel src $IN_A dst $B
    sa b $A $B 0x612 gcm sel src $A dst $B proto tcp
    sa b $A $B 0x613 gcm sel src $A dst $B proto udp sport 7777
    sa b $A $B 0x614 gcm sel src $A dst $IN_B
}

provoke() {
    for port in 11 12 13 14; do
        on a lab-send udp src=$A dst=$B sport=1000 dport=$port
    done
}
