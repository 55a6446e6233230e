# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A module that is loaded while xfrm-snap runs: its probes are set then, and a transport-mode SA behind its device is an
# error.
variants='4'
expect netns=b counter=XfrmInStateModeError n=2 src=$A dst=$B proto=esp spi=0x00003601 seq=1 cause=mode-mismatch \
    match=held state.spi=0x00003601 \
    "why=*spi_0x00003601_is_in_transport_mode*tunnel_interface"

setup() {
    pair
    sa b $A $B 0x3601 gcm
}

provoke() {
    modprobe ip_vti
    snap_wait_probe vti_rcv_cb
    at b link add vti1 type vti local $B remote $A key 1
    at b link set vti1 up
    on a lab-send raw src=$A dst=$B spi=0x3601 count=2
}
