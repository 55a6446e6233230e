# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A program that lets the kernel cut its datagrams (UDP_SEGMENT) gets an error for each where IPsec is on the way; one
# that does not, or whose datagrams go in the clear, gets none.
variants='4 6'
expect netns=a loss=udp-gso n=2 packets=4 src=$A dst=$B proto=udp sport=1000 dport=9 errno=EIO process.comm=lab-send \
    state.spi=0x00006901

setup() {
    pair
    both $A $B 0x6901 gcm
    policy a out $A $B proto udp dport 9 $TMPL
    listen b $B
    listen b $B 10
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000
    on a lab-send udp src=$A dst=$B sport=1000 dport=10 len=2000 segment=500
    on a lab-send udp src=$A dst=$B sport=1000 len=2000 segment=500 count=2
}
