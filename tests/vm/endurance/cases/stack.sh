# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 6.12'

stack_errors() {
    on a lab-send raw src=$A dst=$B spi=0x4301 >/dev/null
    on a lab-send udp src=$A dst=$B policy=out:block >/dev/null
    on a lab-send raw src=$A dst=$B spi=0x4302 >/dev/null
}

# With the kernel's stack, in a module's function as well.
case_stack() {
    two_hosts stack
    modprobe esp4
    modprobe ip_vti
    sa b $A $B 0x4302 gcm
    at b link add vti1 type vti local $B remote $A key 1
    at b link set vti1 up
    snap_launch stack/snap --stack -c 3
    stack_errors
    wait "$snap"
    echo $? >/out/stack/snap.code
    /lab/xfrm-snap --stack -c 3 >/out/stack/text 2>/out/stack/text.err &
    snap=$!
    tries=1200
    while ! grep -q 'ready' /out/stack/text.err && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        usleep 50000
    done
    stack_errors
    wait "$snap"
}
