# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 7.x'

# --changes heeds --netns.
case_changes() {
    two_hosts changes
    modprobe esp4
    snap_launch changes/snap --changes --netns changes.b
    sa a $A $B 0x501 gcm
    sa b $A $B 0x502 gcm
    flush
    finish changes/snap
}
