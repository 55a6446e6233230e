# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Measures the cost of a packet, healthy or not, and of start and stop.

# healthy NAME
healthy() {
    result "$1/transport" "$(least on a lab-send udp src=$A dst=$B)" ns/packet
    result "$1/tunnel" "$(least on a lab-send udp src=$IN_A dst=$IN_B)" ns/packet
    result "$1/forwarded-in" "$(least on a lab-send udp src=$A dst=$FAR)" ns/packet
    result "$1/forwarded-out" "$(least on c lab-send udp src=$FAR dst=$A)" ns/packet
}

part_packets() {
    healthy warm
    healthy healthy/without
    errors error/without 0x901
    begin --rate 1
    result start/ready $((ready_ns / 1000)) us
    sleep 2
    healthy healthy/attached
    errors error/suppressed 0x902
    result memory/rss "$(rss)" KiB
    result memory/maps "$(maps)" KiB
    finish
    result start/stop $((stop_ns / 1000)) us
    begin --rate 0
    result error/full "$(printed on a lab-send raw src=$A dst=$B spi=0x903 seq=1)" ns/packet
    finish
    grep -q '"ring":0' /tmp/rest || problem "error/full: lines were lost: $(tail -1 /tmp/rest)"
    healthy healthy/after
}
