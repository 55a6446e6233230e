# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SA is what the template asks for, but its selector does not take the flow: device, addresses, ports, protocol.
variants='4 6'
D1=${A%1}21 D2=${A%1}22 D3=${A%1}23 D4=${A%1}24 D5=${A%1}25
expect netns=a counter=XfrmOutNoStates n=2 src=$A dst=$D1 proto=udp cause=selector-mismatch match=nearest \
    differs=sel.dev state.spi=0x00000801 "why=*spi_0x00000801*lo"
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$D2 proto=udp cause=selector-mismatch match=nearest \
    differs=sel.dst state.spi=0x00000802 "why=*spi_0x00000802*$B"
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$D3 proto=udp sport=1000 dport=9 cause=selector-mismatch \
    match=nearest differs=sel.dport state.spi=0x00000803 "why=*spi_0x00000803*9*7777"
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$D4 proto=$ICMP cause=selector-mismatch match=nearest \
    differs=sel.proto state.spi=0x00000804 "why=*spi_0x00000804*tcp"
expect netns=a counter=XfrmOutNoStates n=1 src=$A dst=$D5 proto=udp sport=1000 cause=selector-mismatch match=nearest \
    differs=sel.src,sel.sport~sel.sport,sel.src state.spi=0x00000805 \
    "why=*spi_0x00000805*src_is_$A,*$IN_A/$HOST;_sport_is_1000,_the_selector_says_7777"

setup() {
    alone
    for end in $D1 $D2 $D3 $D4 $D5; do
        policy a out $A $end tmpl src $A dst $end proto esp reqid 1 mode tunnel
    done
    sa a $A $D1 0x801 gcm mode tunnel sel src $A dst $D1 dev lo
    sa a $A $D2 0x802 gcm mode tunnel sel src $A dst $B
    sa a $A $D3 0x803 gcm mode tunnel sel src $A dst $D3 proto udp dport 7777
    sa a $A $D4 0x804 gcm mode tunnel sel src $A dst $D4 proto tcp
    sa a $A $D5 0x805 gcm mode tunnel sel src $IN_A dst $D5 proto udp sport 7777
}

provoke() {
    on a lab-send udp src=$A dst=$D1 count=2
    on a lab-send udp src=$A dst=$D2
    on a lab-send udp src=$A dst=$D3 sport=1000
    on a lab-send icmp src=$A dst=$D4
    on a lab-send udp src=$A dst=$D5 sport=1000
}
