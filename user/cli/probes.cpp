#include "commands.hpp"
namespace xs {
int run_probes(const Options&) {
  return 1;
}
} // namespace xs
