# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10'

case_filters_each() {
    begin_filters filters-each
    filtered other --counter XfrmInNoStates --netns filters-each.a
    filtered src --src $A
    filtered dst --dst 10.0.0.64/26
    filtered mark --mark 0x7
    filtered bit --mark 0x1/0x1
    filtered rate --spi 0x99 --rate 1
}
