#include "commands.hpp"
namespace xs {
int run_check(const Options&) {
  return 1;
}
} // namespace xs
