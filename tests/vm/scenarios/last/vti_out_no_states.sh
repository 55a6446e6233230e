# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A VTI with a policy and no SA: the lookup is counted, and that it then refuses the packet is told with it.
variants='4 6'
needs module ip_vti
needs module ip6_vti
expect netns=a counter=XfrmOutNoStates n=2 src=$A dst=$NOWHERE proto=udp sport=1000 dport=9 cause=sa-missing

setup() {
    pair
    case $A in
    *:*) at a link add vti1 type vti6 local $A remote $B key 9 ;;
    *) at a link add vti1 type vti local $A remote $B key 9 ;;
    esac
    at a link set vti1 addrgenmode none
    at a link set vti1 up
    at a route add $NOWHERE/$HOST dev vti1
    policy a out $A $NOWHERE mark 9 tmpl src $A dst $B proto esp reqid 1 mode tunnel
}

provoke() {
    case $A in *:*) snap_wait_probe vti6_tnl_xmit ;; *) snap_wait_probe vti_tunnel_xmit ;; esac
    on a lab-send udp src=$A dst=$NOWHERE sport=1000 count=2
}
