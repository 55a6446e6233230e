# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SA carries a flow that is outside its selector.
variants='4 6'
expect netns=b counter=XfrmInStateMismatch n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null \
    cause=selector-mismatch match=held state.spi=0x00000603 \
    "why=*spi_0x00000603*dport_is_9,_the_selector_says_7777"

setup() {
    pair
    sa a $A $B 0x603 gcm
    sa b $A $B 0x603 gcm sel src $A/$HOST dst $B/$HOST proto udp dport 7777
    policy a out $A $B proto udp $TMPL
    policy b in $A $B proto udp $TMPL
    listen b $B
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 count=2
}
