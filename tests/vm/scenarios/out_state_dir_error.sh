# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The template finds an SA that is for input only; the kernel counts the policy's failure too.
variants='4 6'
needs counter XfrmOutStateDirError
expect netns=a counter=XfrmOutStateDirError n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null \
    cause=direction-mismatch state.spi=0x00001801 \
    "why=*spi_0x00001801_was_made_for_direction_in"
case $(cat /proc/version) in
    # as compiled, they do not keep the policy up to there
    'Linux version 6.12.'*+deb12* | *clang*) found='cause=unknown match=null policy=null why=*The_look-up_of_a_policy' ;;
    *) found='cause=template-no-sa match=nearest differs=dir why=*has_dir_in_instead_of_out' ;;
esac
# shellcheck disable=SC2086
expect netns=a counter=XfrmOutPolError n=2 src=$A dst=$B proto=udp sport=1000 dport=9 spi=null $found

setup() {
    alone
    on a lab-send state src=$A dst=$B spi=0x1801 reqid=1 dir=in
    policy a out $A $B $TMPL
}

provoke() {
    on a lab-send udp src=$A dst=$B sport=1000 count=2
}
