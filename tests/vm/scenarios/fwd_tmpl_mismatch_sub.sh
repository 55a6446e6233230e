# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A fwd policy of type sub asks for nothing. The kernel looks for the main one that goes with it in direction in: the
# main fwd policy, which asks for nothing, counts for nothing.
variants='4 6'
expect netns=b counter=XfrmInTmplMismatch n=2 src=$A dst=$FAR proto=udp dport=9 cause=plaintext policy.ptype=main \
    policy.dir=in evidence.policy_dir=fwd "why=*in_clear*the_in_policy*esp_transport_reqid_1"

setup() {
    chain
    policy b fwd $A $FAR ptype sub
    policy b fwd $A $FAR
    policy b in $A $FAR $TMPL
}

provoke() {
    on a lab-send udp src=$A dst=$FAR count=2
}
