# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The peers' keys differ: AES-GCM, AES-CBC with HMAC, and AH. Then of an SA that was deleted and made anew, with a new
# key under its SPI; nothing of that is told of another SA of this SPI, for another destination.
variants='4 6 4-init'
expect netns=b counter=XfrmInStateProtoError n=2 src=$A dst=$B proto=esp spi=0x00000201 seq=1~2 sport=null \
    dport=null cause=icv-mismatch match=held state.spi=0x00000201 \
    evidence.integrity_failed.after=1~2 "why=*spi_0x00000201_(rfc4106(gcm(aes)))*integrity_failed_rose"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=esp spi=0x00000202 seq=1 cause=icv-mismatch \
    match=held state.spi=0x00000202 \
    evidence.integrity_failed.before=0 evidence.integrity_failed.after=1 \
    "why=*spi_0x00000202_(cbc(aes),_hmac(sha256))*rose_from_0_to_1"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=ah spi=0x00000203 seq=1 cause=icv-mismatch \
    match=held state.spi=0x00000203 \
    evidence.integrity_failed.before=0 evidence.integrity_failed.after=1 \
    "why=*ah_spi_0x00000203_(hmac(sha256))*rose_from_0_to_1" deleted=null
expect netns=b counter=XfrmInStateProtoError n=2 src=$A dst=$B proto=esp spi=0x00000204 seq=1~2 cause=icv-mismatch \
    match=held state.spi=0x00000204 deleted.state.spi=0x00000204 deleted.state.dst=$B \
    "why=*This_SA_was_made_anew*ago_by_ip[*one_with_the_same_SPI_was_deleted*ago_by_ip[*may_still_use_its_key" \
    "advice=*Install_the_new_key_at_the_peer*use_a_new_SPI_for_each_new_key"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$IN_B proto=esp spi=0x00000204 seq=1 cause=icv-mismatch \
    match=held state.spi=0x00000204 state.dst=$IN_B deleted=null

setup() {
    pair
    sa a $A $B 0x201 gcm && sa b $A $B 0x201 GCM
    sa a $A $B 0x202 cbc reqid 2 && sa b $A $B 0x202 CBC reqid 2
    sa a $A $B 0x203 ah reqid 3 && sa b $A $B 0x203 AH reqid 3
    policy a out $A $B proto udp dport 9 $TMPL
    policy a out $A $B proto udp dport 10 tmpl proto esp reqid 2 mode transport
    policy a out $A $B proto udp dport 11 tmpl proto ah reqid 3 mode transport
    sa a $A $B 0x204 gcm reqid 4 && sa b $A $B 0x204 gcm reqid 4
    sa a $A $IN_B 0x204 gcm reqid 5 && sa b $A $IN_B 0x204 GCM reqid 5
    policy a out $A $B proto udp dport 12 tmpl proto esp reqid 4 mode transport
    policy a out $A $IN_B proto udp dport 13 tmpl proto esp reqid 5 mode transport
}

provoke() {
    on a lab-send udp src=$A dst=$B count=2
    on a lab-send udp src=$A dst=$B dport=10
    on a lab-send udp src=$A dst=$B dport=11
    at b xfrm state delete src $A dst $B proto esp spi 0x204
    sa b $A $B 0x204 GCM reqid 4
    on a lab-send udp src=$A dst=$B dport=12 count=2
    on a lab-send udp src=$A dst=$IN_B dport=13
}
