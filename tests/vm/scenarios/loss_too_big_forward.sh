# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A gateway gets packets that may not be fragmented (DF, or IPv6) and do not fit the tunnel. Smaller ones pass.
variants='4 6'
LEN=1472
case $A in *:*) LEN=1452 ;; esac
expect netns=b loss=too-big n=3 packets=1 src=$A dst=$FAR proto=udp sport=1000 dport=9 spi=null state.spi=0x00006001

setup() {
    chain
    sa b $GATE $FAR 0x6001 gcm mode tunnel
    sa c $GATE $FAR 0x6001 gcm mode tunnel
    policy b out $A $FAR tmpl src $GATE dst $FAR proto esp reqid 1 mode tunnel
    policy c in $A $FAR tmpl src $GATE dst $FAR proto esp reqid 1 mode tunnel
    listen c $FAR
}

provoke() {
    on a lab-send udp src=$A dst=$FAR sport=1000 df=1 count=3
    on a lab-send udp src=$A dst=$FAR sport=1000 df=1 len=$LEN count=3
}
