// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// After a stop, waits for readers are limited; each test runs in a child, since it is about signals.
#include "../../user/cli/output.hpp"
#include "../../user/cli/pcap_file.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>

using namespace xs;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

// Forks a child that does `act` with a pipe's end for writing, and gives its exit code; `meanwhile` gets the child and
// the other end.
template <class Act, class Meanwhile> int with_pipe(Act&& act, Meanwhile&& meanwhile) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    _exit(act(ends[1]));
  }
  close(ends[1]);
  meanwhile(child, ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  close(ends[0]);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

// Waits until the child's lines fill the pipe, or nearly: it has made its Stop, and waits for its reader.
void await_lines(int fd) {
  for (int size = 0; size <= 40000; std::this_thread::sleep_for(1ms))
    REQUIRE(ioctl(fd, FIONREAD, &size) == 0);
}

bool pending(pid_t child) {
  std::ifstream status("/proc/" + std::to_string(child) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("ShdPnd:")) return line.find_first_not_of("0\t", strlen("ShdPnd:")) != line.npos;
  return false; // it has ended
}

// Sends a signal, and waits until the child has taken it.
void deliver(pid_t child, int signal) {
  kill(child, signal);
  while (pending(child))
    std::this_thread::sleep_for(1ms);
}

void await_end(pid_t child) {
  siginfo_t info{};
  REQUIRE(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0);
}

// What one process tells the other: that a moment has come.
struct Moment {
  Moment() { REQUIRE(pipe(ends) == 0); }
  ~Moment() {
    close(ends[0]);
    close(ends[1]);
  }
  void has_come() const { (void)!write(ends[1], "", 1); }
  void await() const {
    char byte = 0;
    REQUIRE(read(ends[0], &byte, 1) == 1);
  }
  int ends[2]{};
};

std::string read_all(int fd) {
  std::string out(1 << 20, '\0');
  size_t size = 0;
  for (ssize_t n; (n = read(fd, out.data() + size, out.size() - size)) > 0;)
    size += static_cast<size_t>(n);
  out.resize(size);
  return out;
}

const std::string kLine(5000, 'x'); // more than goes into a pipe whole or not at all
constexpr int kLines = 100;         // more than a pipe holds

void print_lines(Output& out) {
  for (int i = 0; i < kLines; i++)
    out.print(kLine + "\n");
}

} // namespace

TEST_CASE("a reader that takes nothing is waited for until a stop, and then for a moment; what it lacks is counted") {
  std::string got;
  Clock::duration took{};
  const int code = with_pipe(
      [](int fd) {
        const Stop stop;
        Output out(fd, &stop);
        print_lines(out);
        if (!stop.asked()) return 1;
        return out.given_up() && out.dropped() > 50 && out.dropped() < kLines && !out.closed() ? 0 : 2;
      },
      [&](pid_t child, int fd) {
        await_lines(fd);
        const auto told = Clock::now();
        kill(child, SIGTERM);
        await_end(child);
        took = Clock::now() - told;
        got = read_all(fd);
      });
  CHECK(code == 0);
  CHECK(took >= 1500ms);
  CHECK(took < 6s);
  CHECK(got.size() > 40000);
}

TEST_CASE("a reader that comes to itself after a stop gets every line, each whole") {
  std::string got;
  const int code = with_pipe(
      [](int fd) {
        const Stop stop;
        Output out(fd, &stop);
        print_lines(out);
        return out.dropped() ? 1 : 0;
      },
      [&](pid_t child, int fd) {
        await_lines(fd);
        deliver(child, SIGINT);
        std::this_thread::sleep_for(200ms); // several of the signals that interrupt it
        got = read_all(fd);
      });
  CHECK(code == 0);
  CHECK(got.size() == kLines * (kLine.size() + 1));
}

TEST_CASE("a last word is tried once more, behind the end of the line that was cut") {
  std::string got;
  const Moment given_up;
  const int code = with_pipe(
      [&](int fd) {
        Stop stop;
        stop.after(1ms);
        Output out(fd, &stop);
        print_lines(out);
        given_up.has_come();
        const uint64_t dropped = out.dropped();
        for (int tries = 0; tries < 100 && out.given_up(); tries++) {
          std::this_thread::sleep_for(50ms);
          out.renew_patience();
        }
        out.print("summary\n");
        return dropped == out.dropped() + 1 ? 0 : 1; // the line that was cut got its end
      },
      [&](pid_t, int fd) {
        given_up.await();
        got = read_all(fd);
      });
  CHECK(code == 0);
  CHECK(got.ends_with("\nsummary\n"));
  CHECK(got.size() % (kLine.size() + 1) == std::string("summary\n").size());
}

TEST_CASE("of lines that go out together each is taken whole, or counted") {
  std::string got;
  const Moment given_up;
  const int dropped = with_pipe(
      [&](int fd) {
        Stop stop;
        stop.after(1ms);
        Output out(fd, &stop);
        for (int i = 0; i < kLines; i++)
          out.add(kLine + "\n");
        out.flush();
        given_up.has_come();
        for (int tries = 0; tries < 100 && out.given_up(); tries++) {
          std::this_thread::sleep_for(50ms);
          out.renew_patience();
        }
        return out.waiting() ? -1 : static_cast<int>(out.dropped());
      },
      [&](pid_t, int fd) {
        given_up.await();
        got = read_all(fd);
      });
  CHECK(dropped > 0);
  CHECK(got.size() == static_cast<size_t>(kLines - dropped) * (kLine.size() + 1));
}

TEST_CASE("a second signal ends all patience; the same one twice in a moment is one") {
  // 0: all patience was had; 1: it was ended before its time.
  const auto act = [](int fd) {
    const Stop stop;
    Output out(fd, &stop);
    print_lines(out);
    if (stop.at_once()) return stop.since() < 1500ms ? 1 : 2;
    return stop.since() >= 1500ms ? 0 : 3;
  };
  CHECK(with_pipe(act, [](pid_t child, int fd) {
          await_lines(fd);
          deliver(child, SIGTERM);
          std::this_thread::sleep_for(400ms); // further apart than the same one twice
          kill(child, SIGINT);
          await_end(child);
        }) == 1);
  CHECK(with_pipe(act, [](pid_t child, int fd) {
          await_lines(fd);
          deliver(child, SIGTERM);
          kill(child, SIGTERM);
          await_end(child);
        }) == 0);
}

TEST_CASE("a time that is over stops as a signal does, and is readable") {
  const int code = with_pipe(
      [](int) {
        Stop stop;
        if (stop.asked() || stop.since() != Stop::Clock::duration::zero()) return 1;
        stop.after(50ms);
        pollfd wait{stop.fd(), POLLIN, 0};
        while (poll(&wait, 1, 5000) < 0) {
        }
        return wait.revents == POLLIN && stop.asked() && !stop.at_once() ? 0 : 2;
      },
      [](pid_t, int) {});
  CHECK(code == 0);
}

TEST_CASE("packets for a pipe wait for its reader, not for ever, and not beyond a stop") {
  const std::string path = "/tmp/xfrm-snap-test-pipe." + std::to_string(getpid());
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  const int read_end = open(path.c_str(), O_RDONLY | O_NONBLOCK);
  const int code = with_pipe(
      [&](int) {
        Stop stop;
        const auto pipe = PcapFile::await_reader(path, stop);
        if (!pipe || !*pipe || fcntl(pipe->get(), F_GETFL) & O_NONBLOCK) return 1;
        if (const auto file = PcapFile::await_reader("/dev/null", stop); !file || *file) return 2;
        close(read_end);
        pollfd left{pipe->get(), 0, 0};
        if (poll(&left, 1, 10000) != 1) return 4; // the parent has closed it, too
        stop.after(100ms);
        const auto unread = PcapFile::await_reader(path, stop);
        return !unread && unread.error().text.ends_with("nobody reads this pipe; start its reader first") ? 0 : 3;
      },
      [&](pid_t, int) { close(read_end); });
  unlink(path.c_str());
  CHECK(code == 0);
}
