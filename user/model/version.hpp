// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The program's version.
#pragma once

#define XFRM_SNAP_VERSION "0.1.0"
