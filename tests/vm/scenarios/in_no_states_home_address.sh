# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A destination option with a home address (Mobile IPv6), for which there is no state: xfrm6_input_addr.
variants='6'
expect netns=b counter=XfrmInNoStates n=2 src=$A dst=$B \
    cause=sa-unknown "why=*from_${A}_to_${B}*Mobile_IPv6"

setup() {
    pair
}

provoke() {
    on a lab-send raw proto=60 src=$A dst=$B hex='3b02 01020000 c910 fd090000000000000000000000000001' count=2
}
