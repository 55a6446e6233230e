# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 7.x'

# xfrm-snap starts in the middle of it.
case_race() {
    storm_netns
    lab-send in storm.1 lab-send storm count=3000 from=100000 shuffle=0 >/out/race/before
    errors_begin
    storm_begin procs=3 count="$count" overlap=$((count / 4)) update=700 delete=600 pause=100000
    sleep 1
    start snap --max-states $((20 * count))
    errors_end
    storm_end
    storm_result
}
