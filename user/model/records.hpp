// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel side's records as user space sees them.
#pragma once

#include <linux/types.h>

#include "../../bpf/clues.h"
#include "../../bpf/counters.h"
#include "../../bpf/mirror.h"
#include "../../bpf/tc.h"

#include "../../bpf/filter.h"
#include "../../bpf/records.h"
