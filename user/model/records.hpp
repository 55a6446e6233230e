// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The records and rows that user space shares with the BPF programs.
#pragma once

#include "../../bpf/counters.h"
#include "../../bpf/filter.h"
#include "../../bpf/records.h"
#include "../../bpf/site.h"
