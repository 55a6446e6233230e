# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The nearest policy is for another device and another mark: the one that is advised has neither. A policy that asks for
# nothing takes what came out of a tunnel, which the kernel refuses.
variants='4 6'
expect netns=b counter=XfrmInNoPols n=1 src=$IN_A dst=$IN_B proto=udp dport=12 cause=policy-selector-mismatch \
    match=held near_policy.differs=mark,sel.dev near_policy.policy.ifname=vb "why=*wants_dev_vb,_and_the_flow_has_lo" \
    "advice=*ip_xfrm_policy_add_src_$IN_A/${HOST}_dst_$IN_B/${HOST}_dir_in_tmpl"
expect netns=b counter=XfrmInTmplMismatch n=1 src=$IN_A dst=$IN_B proto=udp dport=13 cause=template-mismatch \
    match=held "why=*has_no_template_for_it" \
    "advice=*Give_the_policy_a_template_for_the_SA_(proto_esp_mode_tunnel_reqid_1)"

setup() {
    pair
    both $A $B 0xa31 gcm mode tunnel
    tunnel="tmpl src $A dst $B proto esp reqid 1 mode tunnel"
    # shellcheck disable=SC2086
    policy a out $IN_A $IN_B $tunnel
    # shellcheck disable=SC2086
    policy b in $IN_A $IN_B dev vb proto udp dport 12 mark 3 $tunnel
    policy b in $IN_A $IN_B proto udp dport 13
}

provoke() {
    on a lab-send udp src=$IN_A dst=$IN_B dport=12
    on a lab-send udp src=$IN_A dst=$IN_B dport=13
}
