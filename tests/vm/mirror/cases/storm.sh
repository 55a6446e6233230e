# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 6.1 6.12 7.x'

# Ten states for each of $count while xfrm-snap runs.
case_storm() {
    storm_netns
    start snap --max-states $((20 * count))
    errors_begin
    storm_begin procs=3 count="$count" overlap=$((count / 4)) update=700 delete=600
    storm_end
    errors_end
    storm_result
}
