# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Extended sequence numbers. The upper half is not in the packet: the receiver takes a number left of its window for one
# of the next 2^32, or of this one for the one before, and the check fails with the right keys. So do wrong keys, and a
# peer without extended numbers, but within the window; and a sender past 2^32 to whom the receiver's SA is new.
variants='4 6'
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=esp spi=0x00000761 seq=1 cause=esn-window \
    match=held state.spi=0x00000761 evidence.integrity_failed.after=1 "why=*spi_0x00000761*_1_*65536"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=esp spi=0x00000762 seq=65436 cause=esn-window \
    match=held state.spi=0x00000762 "why=*65436*spi_0x00000762*65536*window*32"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=ah spi=0x00000763 seq=4294967040 \
    cause=esn-window match=held state.spi=0x00000763 "why=*4294967040*ah_spi_0x00000763"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=esp spi=0x00000764 seq=65530 \
    cause=icv-mismatch match=held state.spi=0x00000764 "why=*spi_0x00000764"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=esp spi=0x00000765 seq=1 cause=icv-mismatch \
    match=held state.spi=0x00000765 "why=*spi_0x00000765*128_bits_and_no_ESN"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=esp spi=0x00000766 seq=1 cause=icv-mismatch \
    match=held state.spi=0x00000766 "why=*spi_0x00000766*128_bits_and_ESN"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=esp spi=0x00000767 seq=5000 cause=icv-mismatch \
    match=held state.spi=0x00000767 "why=*sender_is_at_number_5000*past_2^32" "advice=*oseq-hi"
expect netns=b counter=XfrmInStateProtoError n=1 src=$A dst=$B proto=ah spi=0x00000768 seq=5000 cause=icv-mismatch \
    match=held state.spi=0x00000768 "why=*sender_is_at_number_5000*past_2^32" "advice=*oseq-hi"

ESN='replay-window 32 flag esn'

setup() {
    pair
    sa a $A $B 0x761 gcm reqid 1 $ESN && sa b $A $B 0x761 gcm $ESN replay-seq 65536
    sa a $A $B 0x762 cbc reqid 2 $ESN replay-oseq 65435 && sa b $A $B 0x762 cbc $ESN replay-seq 65536
    sa a $A $B 0x763 ah reqid 3 $ESN replay-oseq 0xfffffeff && sa b $A $B 0x763 ah $ESN replay-seq 5 replay-seq-hi 1
    sa a $A $B 0x764 gcm reqid 4 $ESN replay-oseq 65529 && sa b $A $B 0x764 GCM $ESN replay-seq 65536
    sa a $A $B 0x765 gcm reqid 5 $ESN && sa b $A $B 0x765 gcm replay-window 32
    sa a $A $B 0x766 gcm reqid 6 && sa b $A $B 0x766 gcm $ESN
    # the sender is past 2^32, the receiver's SA is made anew
    sa a $A $B 0x767 gcm reqid 7 $ESN replay-oseq 4999 replay-oseq-hi 1 && sa b $A $B 0x767 gcm $ESN
    sa a $A $B 0x768 ah reqid 8 $ESN replay-oseq 4999 replay-oseq-hi 1 && sa b $A $B 0x768 ah $ESN
    for reqid in 1 2 4 5 6 7; do
        policy a out $A $B proto udp dport 1$reqid tmpl proto esp reqid $reqid mode transport
    done
    for reqid in 3 8; do
        policy a out $A $B proto udp dport 1$reqid tmpl proto ah reqid $reqid mode transport
    done
}

provoke() {
    for port in 11 12 13 14 15 16 17 18; do
        on a lab-send udp src=$A dst=$B dport=$port
    done
}
