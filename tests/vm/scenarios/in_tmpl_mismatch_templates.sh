# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Policies with several templates for a packet that came by ESP within AH: the inner SA is not the one wanted, the
# outer one, one behind an optional template, a third one; and a packet without the AH.
variants='4 6'
expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$B proto=udp dport=11 cause=template-mismatch match=held \
    policy.template_at=0 policy.secpath_at=1 state.spi=0x00000931 "why=*esp_spi_0x00000931*reqid_1*reqid_5"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$B proto=udp dport=12 cause=template-mismatch match=held \
    policy.template_at=1 policy.secpath_at=0 state.spi=0x00000932 "why=*ah_spi_0x00000932*reqid_2*reqid_5"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$B proto=udp dport=13 cause=template-mismatch match=held \
    policy.template_at=1 policy.secpath_at=1 state.spi=0x00000931 "why=*esp_spi_0x00000931*reqid_1*reqid_6"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$B proto=udp dport=14 cause=template-mismatch \
    policy.template_at=0 "why=*reqid_3"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$B proto=udp dport=15 cause=template-mismatch \
    policy.template_at=1 "why=*ah"

setup() {
    pair
    both $A $B 0x931 gcm reqid 1
    both $A $B 0x932 ah reqid 2
    for port in 11 12 13 14; do
        bundle $port esp:1 ah:2
    done
    policy a out $A $B proto udp dport 15 $TMPL
    esp='tmpl proto esp mode transport reqid' ah='tmpl proto ah mode transport reqid'
    comp='tmpl proto comp reqid 9 mode transport level use'
    policy b in $A $B proto udp dport 11 $esp 5 $ah 2
    policy b in $A $B proto udp dport 12 $esp 1 $ah 5
    policy b in $A $B proto udp dport 13 $comp $esp 6 $ah 2
    policy b in $A $B proto udp dport 14 $esp 3 $esp 1 $ah 2
    policy b in $A $B proto udp dport 15 $esp 1 $ah 2
}

provoke() {
    for port in 11 12 13 14 15; do
        on a lab-send udp src=$A dst=$B dport=$port
    done
}
