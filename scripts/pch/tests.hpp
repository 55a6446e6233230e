// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What user.hpp is for the program's files, this is for unit tests.
#include "user.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
