# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An SA for echo requests carries ICMP of another type; one with another device's selector carries what ends here, which the
# kernel takes for a flow by way of lo.
variants='4 6'
case $A in *:*) ASK=128 OTHER=129 ;; *) ASK=8 OTHER=13 ;; esac
expect netns=b counter=XfrmInStateMismatch n=1 src=$A dst=$B proto=$ICMP packet.icmp_type=$OTHER packet.icmp_code=0 sport=null cause=selector-mismatch match=held \
    state.spi=0x00000621 differs=sel.sport "why=*type_is_$OTHER,_the_selector_says_$ASK"
expect netns=b counter=XfrmInStateMismatch n=1 src=$A dst=$B proto=udp dport=22 cause=selector-mismatch match=held \
    state.spi=0x00000622 differs=sel.dev "why=*dev_is_lo,_the_selector_says_vb"

setup() {
    pair
    sa a $A $B 0x621 gcm reqid 21
    sa a $A $B 0x622 gcm reqid 22
    sa b $A $B 0x621 gcm reqid 21 sel src $A dst $B proto $ICMP type $ASK
    sa b $A $B 0x622 gcm reqid 22 sel src $A dst $B dev vb
    policy a out $A $B proto $ICMP tmpl proto esp reqid 21 mode transport
    policy a out $A $B proto udp dport 22 tmpl proto esp reqid 22 mode transport
}

provoke() {
    on a lab-send icmp src=$A dst=$B type=$OTHER
    on a lab-send udp src=$A dst=$B dport=22
}
