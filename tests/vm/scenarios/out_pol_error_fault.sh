# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A security module fails to say whether a policy may be used; an fmod_ret program plays the module.
variants='4 6'
needs faults
needs function security_xfrm_policy_lookup # with CONFIG_SECURITY_NETWORK_XFRM
expect netns=a counter=XfrmOutPolError n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null process.comm=lab-send

setup() {
    alone
    policy a out $A $B $TMPL
}

provoke() {
    fault refuse_policy a lab-send udp src=$A dst=$B sport=1000 count=2
}
