# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A DF datagram that fits the device and not the tunnel (IPv4); extension headers without an end (IPv6).
variants='4 6'
case $A in
*:*) expect netns=a counter=XfrmOutStateModeError n=2 src=$A dst=$B proto=0 sport=null dport=null spi=null \
    match=held state.spi=0x00001401 ;;
*) expect netns=a counter=XfrmOutStateModeError n=2 src=$A dst=$B proto=udp sport=1000 dport=9 match=held \
    state.spi=0x00001401 cause=too-big evidence.size.mtu=1446 \
    evidence.df=true "why=*1500_bytes*(DF)*spi_0x00001401_has_an_MTU_of_1446" ;;
esac

setup() {
    alone
    case $A in
    *:*)
        sa a $A $B 0x1401 gcm
        policy a out $A $B $TMPL
        ;;
    *)
        sa a $A $B 0x1401 gcm mode tunnel
        policy a out $A $B tmpl src $A dst $B proto esp reqid 1 mode tunnel
        ;;
    esac
}

provoke() {
    case $A in
    *:*) on a lab-send packet src=$A dst=$B proto=0 hex=00 count=2 ;;
    *) on a lab-send udp src=$A dst=$B sport=1000 df=1 len=1472 count=2 ;;
    esac
}
