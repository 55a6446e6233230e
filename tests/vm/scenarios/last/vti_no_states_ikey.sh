# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A VTI looks its SAs up with its ikey, whatever the packet's mark is: this SA wants another one.
variants='4 6'
needs module ip_vti
needs module ip6_vti
expect netns=b counter=XfrmInNoStates n=2 src=$A dst=$B proto=esp spi=0x00003701 cause=sa-mark-mismatch match=nearest \
    differs=mark state.spi=0x00003701 state.mark=0x8/0xff evidence.ikey=0x9 "why=*0x8/0xff*0x9"
expect netns=b counter=XfrmInNoStates n=1 src=$A dst=$B proto=esp spi=0x00003702 mark=0x0 cause=sa-mark-mismatch \
    match=nearest differs=mark state.spi=0x00003702 evidence.ikey=0x9 "why=*0x0/0xff*0x9"

setup() {
    pair
    case $A in
    *:*) at b link add vti1 type vti6 local $B remote $A key 9 ;;
    *) at b link add vti1 type vti local $B remote $A key 9 ;;
    esac
    at b link set vti1 up
    sa b $A $B 0x3701 gcm mode tunnel mark 8 mask 0xff
    sa b $A $B 0x3702 gcm mode tunnel mark 0 mask 0xff
}

provoke() {
    on a lab-send raw src=$A dst=$B spi=0x3701 count=2
    on a lab-send raw src=$A dst=$B spi=0x3702
}
