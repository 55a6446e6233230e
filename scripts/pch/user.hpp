// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Headers that many files include, compiled once for all (see the Makefile). Each file includes what it uses all the
// same.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "../../user/model/event.hpp"
#include "../../user/model/site.hpp"
#include "../../user/render/json.hpp"
#include "../../user/sys/result.hpp"
