// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel's switches, on files in their place, are restored however a run ends.
#include "../../user/sys/expedite.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>

using namespace xs;
using namespace std::chrono_literals;

namespace {

std::string contents(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Two switches, the one usually 0, the other usually 1, and their mark.
struct Place {
  Place() {
    write("expedited", "0\n");
    write("optimized", "1\n");
  }
  ~Place() { std::filesystem::remove_all(folder); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder + "/" + name) << text; }
  std::string read(const std::string& name) const { return contents(folder + "/" + name); }
  bool there(const std::string& name) const { return std::filesystem::exists(folder + "/" + name); }
  std::string values() const { return read("expedited").substr(0, 1) + read("optimized").substr(0, 1); }
  // Whether they have these values within 5 s.
  bool become(const std::string& wanted) const {
    for (int tries = 0; tries < 500 && values() != wanted; tries++)
      std::this_thread::sleep_for(10ms);
    return values() == wanted;
  }
  // Whether within 5 s as many runs need the first switch turned.
  bool is_needed_by(int runs) const {
    for (int tries = 0; tries < 500 && count_locks() != runs; tries++)
      std::this_thread::sleep_for(10ms);
    return count_locks() == runs;
  }
  bool is_gone(const std::string& name) const {
    for (int tries = 0; tries < 500 && there(name); tries++)
      std::this_thread::sleep_for(10ms);
    return !there(name);
  }

  // /proc/locks: "1: OFDLCK ADVISORY  READ -1 fe:01:1234 4 4", of which the last is the part of the file.
  int count_locks() const {
    struct stat info {};
    if (stat(mark.c_str(), &info)) return 0;
    std::ifstream locks("/proc/locks");
    int count = 0;
    for (std::string line; std::getline(locks, line);)
      count += line.find("READ") != line.npos && line.ends_with(":" + std::to_string(info.st_ino) + " 4 4");
    return count;
  }

  std::string made = "/tmp/xfrm-snap-test.XXXXXX";
  std::string folder = mkdtemp(made.data());
  std::string first = folder + "/expedited", second = folder + "/optimized", run = folder + "/run",
              mark = run + "/switches";
  Switches switches{{{first.c_str(), '0', '1'}, {second.c_str(), '1', '0', true}}, run.c_str(), mark.c_str()};
};

// A process group of its own that turns the switches and waits; the child that turns them back goes to `child`.
pid_t run_in_group(const Place& place, pid_t& child) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t leader = fork();
  if (leader == 0) {
    setpgid(0, 0);
    const ExpeditedGracePeriods hurry(place.switches);
    const pid_t pid = hurry.child();
    (void)!write(ends[1], &pid, sizeof(pid));
    pause();
    _exit(0);
  }
  REQUIRE(read(ends[0], &child, sizeof(child)) == sizeof(child));
  close(ends[0]);
  close(ends[1]);
  return leader;
}

} // namespace

TEST_CASE("switches are turned while it lives, a mark says so, and neither outlives it") {
  const Place place;
  {
    const ExpeditedGracePeriods hurry(place.switches);
    CHECK(place.become("10"));
    CHECK(place.read("run/switches") == place.first + "\n" + place.second + "\n");
    CHECK(mend_switches(place.switches).empty()); // it lives
    CHECK(place.values() == "10");
  }
  CHECK(place.values() == "01");
  CHECK_FALSE(place.there("run"));
}

TEST_CASE("between its start and its end it leaves turned what is turned throughout, and nothing else") {
  const Place place;
  {
    ExpeditedGracePeriods switches(place.switches);
    CHECK(place.become("10"));
    switches.relax();
    CHECK(place.become("00"));
    switches.hurry();
    CHECK(place.become("10"));
    switches.relax();
    CHECK(place.become("00"));
    place.write("expedited", "1\n"); // somebody else
    switches.hurry();
  }
  CHECK(place.values() == "11");
}

TEST_CASE("what somebody else has turned stays as it is") {
  const Place place;
  place.write("expedited", "1\n");
  {
    const ExpeditedGracePeriods hurry(place.switches);
    CHECK(place.become("10"));
    CHECK(place.read("run/switches") == place.second + "\n");
  }
  CHECK(place.values() == "11");
}

TEST_CASE("killed with its whole process group, it leaves the switches as they were") {
  const Place place;
  pid_t child = 0;
  const pid_t leader = run_in_group(place, child);
  CHECK(place.become("10"));
  kill(-leader, SIGKILL);
  waitpid(leader, nullptr, 0);
  CHECK(place.become("01"));
  CHECK(place.is_gone("run"));
}

TEST_CASE("killed with the child that turns them back, it leaves a mark by which the next one mends them") {
  const Place place;
  pid_t child = 0;
  for (const bool by_next_run : {false, true}) {
    const pid_t leader = run_in_group(place, child);
    CHECK(place.become("10"));
    kill(child, SIGKILL);
    kill(leader, SIGKILL);
    waitpid(leader, nullptr, 0);
    std::this_thread::sleep_for(100ms);
    CHECK(place.values() == "10");
    std::vector<std::string> notes;
    if (by_next_run)
      notes = ExpeditedGracePeriods(place.switches).notes();
    else
      notes = mend_switches(place.switches);
    CHECK(notes ==
          std::vector<std::string>{"an earlier xfrm-snap was killed and left " + place.first + " at 1: turned back",
                                   "an earlier xfrm-snap was killed and left " + place.second + " at 0: turned back"});
    CHECK(place.values() == "01");
    CHECK_FALSE(place.there("run/switches"));
  }
}

TEST_CASE("of two runs at once the last one turns the switches back, whichever that is") {
  const Place place;
  for (const bool first_ends_first : {true, false}) {
    std::optional<ExpeditedGracePeriods> one(std::in_place, place.switches);
    CHECK(place.become("10"));
    std::optional<ExpeditedGracePeriods> other(std::in_place, place.switches);
    CHECK(other->notes().empty());
    CHECK(place.is_needed_by(2));
    (first_ends_first ? one : other).reset();
    CHECK(place.values() == "10");
    CHECK(place.there("run/switches"));
    (first_ends_first ? other : one).reset();
    CHECK(place.values() == "01");
    CHECK_FALSE(place.there("run"));
  }
}

TEST_CASE("a run that has begun leaves expedited what another one, which begins, wants so") {
  const Place place;
  std::optional<ExpeditedGracePeriods> begun(std::in_place, place.switches);
  CHECK(place.become("10"));
  begun->relax();
  CHECK(place.become("00"));
  {
    const ExpeditedGracePeriods beginning(place.switches);
    CHECK(place.become("10"));
    begun.reset();
    CHECK(place.values() == "10");
  }
  CHECK(place.values() == "01");
}

TEST_CASE("what a killed run has left, one that lives turns back at its end") {
  const Place place;
  pid_t child = 0;
  const pid_t leader = run_in_group(place, child);
  CHECK(place.become("10"));
  {
    const ExpeditedGracePeriods living(place.switches);
    CHECK(place.is_needed_by(2));
    kill(child, SIGKILL);
    kill(leader, SIGKILL);
    waitpid(leader, nullptr, 0);
    CHECK(place.is_needed_by(1));
    CHECK(mend_switches(place.switches).empty()); // what is needed
    CHECK(place.values() == "10");
  }
  CHECK(place.values() == "01");
  CHECK_FALSE(place.there("run"));
}

TEST_CASE("what was turned back meanwhile, or is not on the mark, is left alone") {
  const Place place;
  std::filesystem::create_directory(place.folder + "/run");
  place.write("run/switches", place.second + "\n");
  place.write("expedited", "1\n");
  CHECK(mend_switches(place.switches).empty());
  CHECK(place.values() == "11");
  CHECK_FALSE(place.there("run/switches"));
}

TEST_CASE("a switch that cannot be written is named with the remedy, if it is needed throughout") {
  Place place;
  const char* read_only = "/sys/kernel/fscaps"; // mode 0444, which sysfs holds root to as well
  const char now = contents(read_only)[0];
  for (const bool throughout : {true, false}) {
    place.switches.all[1] = {read_only, now, 'x', throughout};
    const ExpeditedGracePeriods hurry(place.switches);
    CHECK(hurry.unturned() == (throughout ? std::vector<std::string>{std::string(read_only) + " is " + now +
                                                                     " and cannot be written here (Permission denied): "
                                                                     "on the host, echo x > " +
                                                                     read_only}
                                          : std::vector<std::string>{}));
  }
}

TEST_CASE("where no mark can be made, the switches are turned all the same") {
  Place place;
  place.switches.folder = "/proc/nowhere";
  place.switches.mark = "/proc/nowhere/switches";
  {
    const ExpeditedGracePeriods hurry(place.switches);
    CHECK(place.become("10"));
  }
  CHECK(place.values() == "01");
}
