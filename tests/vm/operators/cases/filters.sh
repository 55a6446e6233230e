# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 6.1 6.12 7.x'

# The programs as they are loaded with no field of the packet, with one, and with all.
case_filters() {
    begin_filters filters
    filtered both --counter XfrmInNoStates --counter XfrmOutNoStates --netns filters.a --netns filters.b
    filtered spi --spi 0x98
    filtered together --src 10.0.0.0/31 --dst $B --spi 153 --mark 0 --ifname vb --counter XfrmInNoStates --netns filters.b
}
