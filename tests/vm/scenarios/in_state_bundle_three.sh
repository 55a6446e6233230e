# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Two and three transforms undone in one pass of the input, IPComp among them. What fails: the outer AH, IPComp within
# AH or within ESP within AH, AH within IPComp or within ESP, the inner one of two of the same protocol.
variants='4 6'
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=ah spi=0x00000811 seq=1 cause=icv-mismatch \
    match=held state.spi=0x00000811 "why=*hmac(sha256)),_which_has_an_ICV_of_128_bits_and_no_ESN:_*0_to_1."
expect netns=b counter=XfrmInNoStates n=1 src=$A dst=$B proto=comp spi=0x000008c2 seq=null cause=sa-unknown match=none
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=ah spi=0x00000813 cause=icv-mismatch \
    match=held state.spi=0x00000813 "why=*in_transport_mode_within_comp:_*" "advice=*comp_in_AH_works*"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=ah spi=0x00000825 cause=icv-mismatch \
    match=held state.spi=0x00000825 "why=*in_transport_mode_within_esp:_*" "advice=*esp_in_AH_works*"
expect netns=b counter=XfrmInNoStates n=1 src=$A dst=$B proto=comp spi=0x000008c6 seq=null cause=sa-deleted \
    match=none deleted.state.spi=0x000008c6 deleted.by.comm=ip "why=*comp_spi_0x000008c6_was_deleted*by_ip["
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=ah spi=0x00000827 cause=icv-mismatch \
    match=held state.spi=0x00000827 "why=*ah_spi_0x00000827*0_to_1."
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=esp spi=0x00000828 cause=icv-mismatch \
    match=held state.spi=0x00000828 "why=*esp_spi_0x00000828*0_to_1."

# wrong_at_b SPI REQID ALGORITHM ALGORITHM: b has another key than a
wrong_at_b() {
    sa a $A $B "$1" "$3" reqid "$2"
    sa b $A $B "$1" "$4" reqid "$2"
}

setup() {
    pair
    wrong_at_b 0x811 1 ah AH && both $A $B 0x8c1 comp reqid 11
    both $A $B 0x812 ah reqid 2 && sa a $A $B 0x8c2 comp reqid 12
    both $A $B 0x8c3 comp reqid 3 && both $A $B 0x813 ah reqid 13
    both $A $B 0x815 gcm reqid 5 && both $A $B 0x825 ah reqid 15 && sa a $A $B 0x835 gcm reqid 25
    both $A $B 0x816 ah reqid 6 && both $A $B 0x826 gcm reqid 16 && both $A $B 0x8c6 comp reqid 26
    both $A $B 0x817 ah reqid 7 && wrong_at_b 0x827 17 ah AH
    both $A $B 0x818 gcm reqid 8 && wrong_at_b 0x828 18 cbc CBC
    bundle 11 comp:11 ah:1
    bundle 12 comp:12 ah:2
    bundle 13 ah:13 comp:3
    by='mode transport tmpl proto'
    policy a out $A $B proto udp dport 15 tmpl proto esp reqid 25 $by ah reqid 15 $by esp reqid 5 mode transport
    policy a out $A $B proto udp dport 16 tmpl proto comp reqid 26 $by esp reqid 16 $by ah reqid 6 mode transport
    bundle 17 ah:17 ah:7
    bundle 18 esp:18 esp:8
}

provoke() {
    at b xfrm state delete src $A dst $B proto comp spi 0x8c6
    for port in 11 12 13 15 16 17 18; do
        on a lab-send udp src=$A dst=$B dport=$port len=1000
    done
}
