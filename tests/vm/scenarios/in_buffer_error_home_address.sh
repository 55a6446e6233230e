# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A home address (Mobile IPv6) behind ESP, where the secpath has no place left for its state. Up to Linux 6.12 that is
# so behind exactly five times ESP, later behind six.
variants='6'
expect netns=b counter=XfrmInBufferError n=2 src=$A dst=$B \
    cause=nested-too-deep "why=*room_for_6"
expect netns=b counter=XfrmInNoStates n=2 src=$A dst=$B \
    cause=sa-unknown "why=*from_${A}_to_${B}*Mobile_IPv6"

HOME_ADDRESS='3b02 01020000 c910 fd090000000000000000000000000001'

setup() {
    pair
    sa b $A $B 0x55 null
}

provoke() {
    for spis in 0x55,0x55,0x55,0x55,0x55 0x55,0x55,0x55,0x55,0x55,0x55; do
        on a lab-send null src=$A dst=$B spis=$spis next=60 hex="$HOME_ADDRESS" count=2
    done
}
