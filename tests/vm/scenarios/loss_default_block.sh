# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# No policy fits, and the default policy for output is to block. A policy without templates lets another port pass.
# (null: in some kernels' text the flow is not at hand there.)
variants='4 6'
needs ip xfrm policy getdefault
expect netns=a loss=default-block n=3 packets=1 src=$A~null dst=$B~null dport=9~null errno=EPERM \
    process.comm=lab-send

setup() {
    alone
    policy a out $A $B proto udp dport 10
    at a xfrm policy setdefault out block
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 dport=10 count=2
    on a lab-send udp src=$A dst=$B sport=1000 count=3
}
