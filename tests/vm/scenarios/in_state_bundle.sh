# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Of several transforms that are undone in one pass of the input, the inner one fails: wrong keys, numbers left of the
# window, an SA that has carried all it may, extended numbers that began anew.
variants='4 6'
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=esp spi=0x00000721 seq=65 cause=icv-mismatch \
    match=held state.spi=0x00000721 evidence.integrity_failed.after=1 "why=*esp_spi_0x00000721"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=ah spi=0x00000722 seq=65 cause=icv-mismatch \
    match=held state.spi=0x00000722 evidence.integrity_failed.after=1 "why=*ah_spi_0x00000722"
expect netns=b counter=XfrmInStateSeqError n=1 src=$A dst=$B proto=ah spi=0x00000723 seq=65 cause=replay-too-old \
    match=held state.spi=0x00000723 state.replay.seq=200 "why=*number_65_is_135_behind*(200)*window_of_32"
expect netns=b counter=XfrmInStateSeqError n=1 src=$A dst=$B proto=esp spi=0x00000724 seq=65 cause=replay-too-old \
    match=held state.spi=0x00000724 state.replay.seq=200 "why=*number_65_is_135_behind*(200)*window_of_32"
expect netns=b counter=XfrmInStateExpired n=1 src=$A dst=$B proto=esp spi=0x00000725 seq=66 cause=sa-expired \
    match=held state.spi=0x00000725 "why=*spi_0x00000725*limit_of_1_packet_(1_used)"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=esp spi=0x00000726 seq=65 cause=esn-window \
    match=held state.spi=0x00000726 "why=*spi_0x00000726*65*65536"

setup() {
    pair
    both $A $B 0x701 ah reqid 1
    both $A $B 0x702 gcm reqid 2
    both $A $B 0x703 gcm reqid 3 encap espinudp 4500 4500 0.0.0.0
    sa a $A $B 0x721 gcm reqid 11 replay-oseq 64 && sa b $A $B 0x721 GCM reqid 11
    sa a $A $B 0x722 ah reqid 12 replay-oseq 64 && sa b $A $B 0x722 AH reqid 12
    sa a $A $B 0x723 ah reqid 13 replay-oseq 64 && sa b $A $B 0x723 ah reqid 13 replay-window 32 replay-seq 200
    sa a $A $B 0x724 cbc reqid 14 replay-oseq 64 && sa b $A $B 0x724 cbc reqid 14 replay-window 32 replay-seq 200
    sa a $A $B 0x725 gcm reqid 15 replay-oseq 64 && sa b $A $B 0x725 gcm reqid 15 limit packet-hard 1
    sa a $A $B 0x726 gcm reqid 16 replay-window 32 flag esn replay-oseq 64
    sa b $A $B 0x726 gcm reqid 16 replay-window 32 flag esn replay-seq 65536
    bundle 11 esp:11 ah:1
    bundle 12 ah:12 esp:2
    bundle 13 ah:13 esp:3
    bundle 14 esp:14 ah:1
    bundle 15 esp:15 ah:1
    bundle 16 esp:16 ah:1
    listen b $B 4500 encap=1
    listen b $B 15
}

provoke() {
    on a lab-send udp src=$A dst=$B dport=11
    on a lab-send udp src=$A dst=$B dport=12
    on a lab-send udp src=$A dst=$B dport=13
    on a lab-send udp src=$A dst=$B dport=14
    on a lab-send udp src=$A dst=$B dport=15 count=2
    on a lab-send udp src=$A dst=$B dport=16
}
