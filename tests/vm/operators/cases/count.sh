# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10'

# With a filter, --count counts the lines that pass it.
case_count() {
    two_hosts count
    modprobe esp4
    snap_launch count/snap --spi 0x98 -c 2 --rate 0
    on a lab-send raw src=$A dst=$B spi=0x99 seq=1 count=5 >/dev/null
    on a lab-send raw src=$A dst=$B spi=0x98 seq=1 count=3 >/dev/null
    wait "$snap"
    echo $? >/out/count/snap.code
}
