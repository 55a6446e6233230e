# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 7.x'

# errors_of SPI COUNT
errors_of() {
    lab-send in errs lab-send raw src=127.0.0.1 dst=127.0.0.1 spi="$1" count="$2" >/dev/null
}

# More failures than there is room for.
case_errors() {
    netns=errs
    ip netns add errs
    at 'link set lo up' 'xfrm state add src 127.0.0.1 dst 127.0.0.2 proto esp spi 0x902 reqid 9 mode transport auth-trunc hmac(sha256) 0x0123456789abcdef0123456789abcdef 128 enc cbc(aes) 0x0123456789abcdef0123456789abcdef'
    asked alone show errors
    start snap --max-errors 6
    errors_of 0x901 30
    errors_of 0x902 50
    errors_of 0x903 40
    spi=$((0x1000))
    while [ $spi -lt $((0x1020)) ]; do
        errors_of $spi 2
        spi=$((spi + 1))
    done
    sleep 1
    asked count show errors --json
    asked last show errors --json --sort last
    asked text show errors
    lab-send counters tag=after netns=errs >/out/errors/counters
    stop snap
    forget errs
}
