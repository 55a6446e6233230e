// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Lists devices through the C library.
#include "devices.hpp"

#include <memory>
#include <net/if.h>

namespace xs {

Result<Devices> list_devices() {
  // Null is an error, which if_freenameindex does not take.
  const std::unique_ptr<struct if_nameindex, decltype(&if_freenameindex)> list(if_nameindex(), if_freenameindex);
  if (!list) return fail("cannot list the network devices: {}", errno_text());
  Devices out;
  for (const struct if_nameindex* one = list.get(); one->if_index; one++)
    out.emplace(one->if_index, one->if_name);
  return out;
}

} // namespace xs
