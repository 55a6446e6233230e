# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 7.x'

# An SA that went, packets both ways, and packets that leave: in transport mode and into a tunnel.
case_pcap() {
    two_hosts pcap
    modprobe esp4
    sa b $A $B 0x301 gcm
    sa a $A $B 0x302 cbc replay-oseq 0xffffffff
    sa a $A $B 0x303 cbc reqid 2 mode tunnel replay-oseq 0xffffffff
    policy a out $A $B proto udp dport 9 $TMPL
    policy a out $IN_A $IN_B tmpl src $A dst $B proto esp reqid 2 mode tunnel
    touch /out/pcap/all.pcapng
    chmod 644 /out/pcap/all.pcapng
    snap_launch pcap/all --rate 0 --pcap /out/pcap/all.pcapng
    at b xfrm state delete src $A dst $B proto esp spi 0x301
    on a lab-send raw src=$A dst=$B spi=0x301 seq=1 step=1 count=2 >/dev/null
    on b lab-send raw src=$B dst=$A spi=0x97 seq=9 >/dev/null
    on a lab-send udp src=$A dst=$B sport=1000 >/dev/null
    on a lab-send udp src=$IN_A dst=$IN_B sport=1000 >/dev/null
    finish pcap/all
    stat -c %a /out/pcap/all.pcapng >/out/pcap/all.mode
}
