# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Lengths by which a packet cannot be what the SA makes: AH with another ICV or no room for any, ESP too short for its IV
# and ICV. None of them is ever authenticated. ESP with an ICV cut elsewhere has lengths that may be, and fails its check.
variants='4 6'
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=ah spi=0x00000751 seq=1 cause=icv-length \
    match=held state.spi=0x00000751 evidence.integrity_failed.after=0 "why=*ah_spi_0x00000751*hmac(sha256)*128" \
    "advice=*96"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=ah spi=0x00000752 seq=1 cause=icv-length \
    match=held state.spi=0x00000752 evidence.integrity_failed.after=0 "why=*ah_spi_0x00000752*hmac(sha256)*96"
expect netns=b counter=XfrmInStateProtoError n=2 src=$A dst=$B proto=esp spi=0x00000753 seq=1 cause=too-short \
    match=held state.spi=0x00000753 evidence.transform.len=12 "why=*spi_0x00000753*12"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=esp spi=0x00000753 seq=7 cause=too-short \
    match=held state.spi=0x00000753 evidence.transform.len=32 "why=*spi_0x00000753*32"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=esp spi=0x00000754 seq=1 cause=too-short \
    match=held state.spi=0x00000754 evidence.transform.len=40 "why=*spi_0x00000754*40"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=esp spi=0x00000755 seq=1 cause=too-short \
    match=held state.spi=0x00000755 evidence.transform.len=28 "why=*spi_0x00000755*28"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=esp spi=0x00000756 seq=1 cause=icv-mismatch \
    match=held state.spi=0x00000756 evidence.integrity_failed.after=1 "why=*spi_0x00000756*hmac(sha256)*128"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=ah spi=0x00000751 seq=2 cause=too-short \
    match=held state.spi=0x00000751 "why=*says_that_it_has_8_bytes*"

setup() {
    pair
    sa a $A $B 0x751 ah96 reqid 1 && sa b $A $B 0x751 ah reqid 1
    sa a $A $B 0x752 ah reqid 2 && sa b $A $B 0x752 ah96 reqid 2
    sa b $A $B 0x753 gcm
    sa b $A $B 0x754 cbc encap espinudp 4500 4500 0.0.0.0
    sa b $A $B 0x755 cbc
    sa a $A $B 0x756 cbc96 reqid 6 && sa b $A $B 0x756 cbc reqid 6
    policy a out $A $B proto udp dport 11 tmpl proto ah reqid 1 mode transport
    policy a out $A $B proto udp dport 12 tmpl proto ah reqid 2 mode transport
    policy a out $A $B proto udp dport 16 tmpl proto esp reqid 6 mode transport
    listen b $B 4500 encap=1
}

provoke() {
    on a lab-send udp src=$A dst=$B dport=11
    on a lab-send udp src=$A dst=$B dport=12
    on a lab-send raw src=$A dst=$B spi=0x753 len=4 count=2
    on a lab-send raw src=$A dst=$B spi=0x753 seq=7 len=24
    on a lab-send udp src=$A dst=$B spi=0x754 len=32
    on a lab-send raw src=$A dst=$B spi=0x755 len=20
    on a lab-send udp src=$A dst=$B dport=16
    on a lab-send raw src=$A dst=$B proto=ah hex=110000000000075100000002aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
}
