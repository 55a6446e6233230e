# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels=''

# In a machine of its own, with two processors of the many that it has or has room for.
case_many_cpus() {
    two_hosts many-cpus
    modprobe esp4
    cp /sys/devices/system/cpu/possible /out/many-cpus/
    snap_launch many-cpus/snap --rate 0
    for processor in 1 2; do
        on a taskset $processor lab-send raw src=$A dst=$B spi=0x99 seq=${processor}00 step=1 count=50 >/dev/null
    done
    ip netns add many-cpus.gone
    ip -n many-cpus.gone link set lo up
    lab-send in many-cpus.gone taskset 2 lab-send raw src=127.0.0.1 dst=127.0.0.1 spi=0x98 count=7 >/dev/null
    ip netns delete many-cpus.gone
    told many-cpus/snap '"spi":"0x00000098"'
    finish many-cpus/snap
}
