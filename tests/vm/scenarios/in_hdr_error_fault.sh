# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The policy check cannot decode a packet; a security module may refuse to, so an fmod_ret program plays one.
variants='4 6'
needs faults
needs function security_xfrm_decode_session # with CONFIG_SECURITY_NETWORK_XFRM
expect netns=b counter=XfrmInHdrError n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null \
    cause=header-truncated "why=*could_not_be_decoded*${A}_->_${B}"

setup() {
    pair
    policy b in $A $B $TMPL
}

provoke() {
    fault refuse_decode a lab-send udp src=$A dst=$B sport=1000 count=2
}
