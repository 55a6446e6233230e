# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 7.x'

# remove MODULE...: a state that was deleted holds its module until the kernel has collected it.
remove() {
    for module; do
        tries=600
        while ! rmmod "$module" 2>/dev/null && [ $tries -gt 0 ]; do
            tries=$((tries - 1))
            usleep 30000
        done
        [ ! -d "/sys/module/$module" ] || echo "$module stays" >>/out/modules/failed
    done
}

# One turn of loading and unloading; in most the errors come before the probes can be there.
turn_modules() {
    modprobe esp4
    modprobe ip_vti
    modprobe xfrm_interface
    sa b $A $B 0x4101 gcm
    at b link add vti1 type vti local $B remote $A key 1
    at b link set vti1 up
    if [ $(($1 % 5)) -eq 4 ] && snap_wait_probe vti_rcv_cb && snap_wait_probe xfrmi_rcv_cb; then
        echo "$1" >>/out/modules/probed
    fi
    on a lab-send raw src=$A dst=$B spi=0x4101 count=3
    at b link del vti1
    at b xfrm state flush
    remove ip_vti xfrm_interface esp4
}

# Loads and unloads at once, so that probes are set and taken away while the module is another one already; what the
# kernel then refuses to probe for good, the next cases see.
hurry_modules() {
    turn=0
    while [ $turn -lt 30 ]; do
        modprobe esp4
        usleep $((turn * 7919 % 90000))
        remove esp4
        turn=$((turn + 1))
    done
}

# Modules come and go while packets that fail arrive.
case_modules() {
    two_hosts modules
    rmmod esp4 2>/dev/null
    snap_launch modules/snap
    lab-send counters tag=before >/out/modules/counters
    traffic a lab-send raw src=$A dst=$B spi=0x4102 count=100000 interval=3
    turn=0
    while [ $turn -lt 10 ]; do
        turn_modules $turn
        turn=$((turn + 1))
    done
    hurry_modules
    stop_traffic
    lab-send counters tag=after >>/out/modules/counters
    stop "$snap" modules/snap
    wait_no_probes >/out/modules/probes
}
