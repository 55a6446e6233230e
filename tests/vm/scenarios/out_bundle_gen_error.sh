# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# No route to the tunnel's other end.
variants='4 6'
expect netns=a counter=XfrmOutBundleGenError n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null \
    cause=no-route process.comm=lab-send \
    "why=*tunnel's_endpoint_${NOWHERE}"

setup() {
    alone
    sa a $A $NOWHERE 0x1201 gcm mode tunnel
    policy a out $A $B tmpl src $A dst $NOWHERE proto esp reqid 1 mode tunnel
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 count=2
}
