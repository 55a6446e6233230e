# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The SA may carry two packets; the third one is too much.
variants='4 6'
expect netns=a counter=XfrmOutStateExpired n=1 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null seq=null \
    process.comm=lab-send match=held state.spi=0x00001601 cause=sa-expired \
    "why=*spi_0x00001601*limit_of_2_packets_(2_used)"

setup() {
    alone
    sa a $A $B 0x1601 gcm limit packet-hard 2
    policy a out $A $B $TMPL
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 count=3
}
