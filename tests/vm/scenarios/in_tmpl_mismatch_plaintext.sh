# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In clear what the policy wants protected: UDP, TCP and ICMP.
variants='4 6 4-init 6-init'
expect netns=b counter=XfrmInTmplMismatch n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null seq=null \
    cause=plaintext state=null process=null \
    "why=*${A}_->_${B}_udp_1000_->_9*in_clear*esp_transport_reqid_1"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$B proto=tcp sport=1001 dport=80 spi=null seq=null \
    cause=plaintext \
    "why=*${A}_->_${B}_tcp_1001_->_80*in_clear"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$A dst=$B proto=$ICMP sport=null dport=null spi=null seq=null \
    cause=plaintext \
    "why=*${A}_->_${B}_${ICMP}*in_clear"

setup() {
    pair
    policy b in $A $B $TMPL
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 count=2
    on a lab-send tcp src=$A dst=$B sport=1001 dport=80
    on a lab-send icmp src=$A dst=$B
}
