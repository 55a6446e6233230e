# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A gateway cannot decode what it should forward; a security module may refuse to, so an fmod_ret program plays one.
variants='4 6'
needs faults
needs function security_xfrm_decode_session # with CONFIG_SECURITY_NETWORK_XFRM
expect netns=b counter=XfrmFwdHdrError n=2 src=$A dst=$FAR proto=udp sport=1000 dport=9 spi=null process=null \
    cause=no-dst "why=*${A}_->_${FAR}*could_not_be_decoded"

setup() {
    chain
    policy b out $A $FAR $TMPL
}

provoke() {
    fault refuse_decode a lab-send udp src=$A dst=$FAR sport=1000 count=2
}
