# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='6.1 7.x'

# A processor goes and comes back, and the clock jumps an hour ahead and back.
case_weather() {
    two_hosts weather
    modprobe esp4
    snap_launch weather/snap --rate 0
    some_errors 1 5
    echo 0 >/sys/devices/system/cpu/cpu1/online
    cat /sys/devices/system/cpu/online >/out/weather/online
    some_errors 6 5
    echo 1 >/sys/devices/system/cpu/cpu1/online
    some_errors 11 5
    told weather/snap '"seq":15,'
    date -s "@$(($(date +%s) + 3600))" >/dev/null
    some_errors 16 5
    told weather/snap '"seq":20,'
    date -s "@$(($(date +%s) - 3600))" >/dev/null
    some_errors 21 5
    finish weather/snap HUP # as when its terminal goes
}
