# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='7.x'

# page_names NETNS: whether the page has what the kernel counted in it
page_names() {
    wget -q -O - http://127.0.0.1:9731/metrics | grep -q "^xfrm_snap_kernel_errors_total{netns=\"$1\""
}

# Netns come and go, more than the page has names for, and each has errors.
case_pods() {
    two_hosts pods
    modprobe esp4
    snap_launch pods/snap --rate 1 --metrics 127.0.0.1:9731
    for batch in 0 1 2; do
        lab-send churn name=early$batch count=200 linger=20 >/out/pods/counted.early$batch
        ask page.$batch /metrics
    done
    lab-send churn name=last count=60 linger=200 >/out/pods/counted.last
    wait_for 60 page_names last.59
    ask page.3 /metrics
    finish pods/snap
}
