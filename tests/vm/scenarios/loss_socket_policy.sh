# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The policy of a socket wants ESP, and there is no SA to the one address. To the other one there is.
# (null: in some kernels' text the flow is not at hand there.)
variants='4 6'
expect netns=a loss=socket-policy-no-sa n=2 packets=1 src=$A~null dst=$B~null dport=9~null errno=EAGAIN \
    process.comm=lab-send

setup() {
    alone
    at a route add $IN_B/$HOST dev d0
    sa a $A $IN_B 0x6d01 gcm reqid 0
    flush
    await_acquires a
}

provoke() {
    on a lab-send udp src=$A dst=$IN_B sport=1000 policy=out:esp count=2
    on a lab-send udp src=$A dst=$B sport=1000 policy=out:esp count=2
}
