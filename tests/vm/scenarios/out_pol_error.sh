# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The policy's template names an SPI, and the SA with this SPI has another mode.
variants='4 6'
case $(cat /proc/version) in
    # as compiled, they do not keep the policy up to there
    'Linux version 6.1.'* | 'Linux version 6.12.'*+deb12* | *clang*) found='cause=unknown match=null policy=null' ;;
    *) found='cause=template-no-sa match=nearest differs=mode state.spi=0x00001101' ;;
esac
# shellcheck disable=SC2086
expect netns=a counter=XfrmOutPolError n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null $found process.comm=lab-send

setup() {
    alone
    sa a $A $B 0x1101 gcm mode tunnel
    policy a out $A $B tmpl src $A dst $B proto esp spi 0x1101 reqid 1 mode transport
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 count=2
}
