// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Looks for secrets in a process' memory and in all BPF maps, and plants one where it must be found.
#include <bitset>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <unordered_set>

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "commands.hpp"
#include "socket.hpp"

namespace lab {
namespace {

constexpr size_t kPart = 8; // so many bytes of a secret in a row are a find
constexpr size_t kChunk = 1 << 20;

int bpf_call(int command, bpf_attr& attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof(attributes)));
}

/// All parts of some secrets, as bytes and as text in hexadecimal.
class Secrets {
public:
  explicit Secrets(const Args& args) {
    std::istringstream words(args.text("hex"));
    for (std::string word; std::getline(words, word, ',');)
      add(Args({"hex=" + word}, "hex").bytes("hex"));
  }

  size_t count(const uint8_t* data, size_t size) const {
    size_t found = 0;
    for (size_t i = 0; i + kPart <= size; i++) {
      uint64_t part = 0;
      std::memcpy(&part, data + i, sizeof(part));
      found += first_[static_cast<uint16_t>(part)] && parts_.contains(part);
    }
    return found;
  }

private:
  std::unordered_set<uint64_t> parts_;
  std::bitset<1 << 16> first_; // the first two bytes of the parts

  void add(const Bytes& secret) {
    add_parts(secret);
    std::string text;
    for (const uint8_t byte : secret) {
      char two[3];
      std::snprintf(two, sizeof(two), "%02x", byte);
      text += two;
    }
    add_parts(Bytes(text.begin(), text.end()));
  }

  void add_parts(const Bytes& bytes) {
    for (size_t i = 0; i + kPart <= bytes.size(); i++) {
      uint64_t part = 0;
      std::memcpy(&part, bytes.data() + i, sizeof(part));
      parts_.insert(part);
      first_.set(static_cast<uint16_t>(part));
    }
  }
};

struct Tally {
  size_t places = 0, bytes = 0, finds = 0;
};

void search_region(const Fd& memory, uint64_t from, uint64_t to, const Secrets& secrets, Tally& tally) {
  Bytes buffer(kChunk + kPart - 1);
  for (uint64_t at = from; at < to; at += kChunk) {
    const ssize_t size =
        pread(memory.get(), buffer.data(), std::min<uint64_t>(buffer.size(), to - at), static_cast<off_t>(at));
    if (size <= 0) continue;
    tally.bytes += static_cast<size_t>(size);
    tally.finds += secrets.count(buffer.data(), static_cast<size_t>(size));
  }
}

Tally search_memory(const std::string& pid, const Secrets& secrets) {
  const Fd memory(open(("/proc/" + pid + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
  if (memory.get() < 0) throw SystemError("open the memory of " + pid);
  std::ifstream maps("/proc/" + pid + "/maps");
  Tally tally;
  for (std::string line; std::getline(maps, line);) {
    uint64_t from = 0, to = 0;
    char readable = 0;
    if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %c", &from, &to, &readable) != 3 || readable != 'r')
      continue;
    tally.places++;
    search_region(memory, from, to, secrets, tally);
  }
  return tally;
}

size_t possible_cpus() {
  std::ifstream file("/sys/devices/system/cpu/possible"); // "0-1"
  std::string text;
  file >> text;
  const size_t dash = text.rfind('-');
  return std::stoul(dash == std::string::npos ? text : text.substr(dash + 1)) + 1;
}

bool per_cpu(uint32_t type) {
  return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

size_t value_bytes(const bpf_map_info& info) {
  return per_cpu(info.type) ? (info.value_size + 7) / 8 * 8 * possible_cpus() : info.value_size;
}

/// Every key and value of the map; maps whose values cannot be read (ring buffers) are found in memory.
void search_map(const Fd& map, const bpf_map_info& info, const Secrets& secrets, Tally& tally) {
  Bytes key(info.key_size), next(info.key_size), value(value_bytes(info));
  bpf_attr walk{};
  walk.map_fd = static_cast<uint32_t>(map.get());
  walk.next_key = reinterpret_cast<uint64_t>(next.data());
  while (bpf_call(BPF_MAP_GET_NEXT_KEY, walk) == 0) {
    key = next;
    walk.key = reinterpret_cast<uint64_t>(key.data());
    bpf_attr look{};
    look.map_fd = static_cast<uint32_t>(map.get());
    look.key = reinterpret_cast<uint64_t>(key.data());
    look.value = reinterpret_cast<uint64_t>(value.data());
    tally.finds += secrets.count(key.data(), key.size());
    if (bpf_call(BPF_MAP_LOOKUP_ELEM, look)) continue;
    tally.bytes += value.size();
    tally.finds += secrets.count(value.data(), value.size());
  }
}

Tally search_maps(const Secrets& secrets) {
  Tally tally;
  bpf_attr next{};
  while (bpf_call(BPF_MAP_GET_NEXT_ID, next) == 0) {
    next.start_id = next.next_id;
    bpf_attr open{};
    open.map_id = next.next_id;
    const Fd map(bpf_call(BPF_MAP_GET_FD_BY_ID, open));
    bpf_map_info info{};
    bpf_attr ask{};
    ask.info.bpf_fd = static_cast<uint32_t>(map.get());
    ask.info.info_len = sizeof(info);
    ask.info.info = reinterpret_cast<uint64_t>(&info);
    if (map.get() < 0 || bpf_call(BPF_OBJ_GET_INFO_BY_FD, ask)) continue;
    tally.places++;
    search_map(map, info, secrets, tally);
  }
  return tally;
}

Tally search_file(const std::string& path, const Secrets& secrets) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw SystemError("open " + path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return {1, text.size(), secrets.count(reinterpret_cast<const uint8_t*>(text.data()), text.size())};
}

void print(const char* what, const Tally& tally) {
  std::printf("%s places %zu bytes %zu finds %zu\n", what, tally.places, tally.bytes, tally.finds);
}

/// A map with the secret as its only value; it lives as long as its descriptor.
int planted_map(const Bytes& secret) {
  bpf_attr make{};
  make.map_type = BPF_MAP_TYPE_HASH;
  make.key_size = 4;
  make.value_size = static_cast<uint32_t>(secret.size());
  make.max_entries = 1;
  const int map = bpf_call(BPF_MAP_CREATE, make);
  const uint32_t key = 1;
  bpf_attr update{};
  update.map_fd = static_cast<uint32_t>(map);
  update.key = reinterpret_cast<uint64_t>(&key);
  update.value = reinterpret_cast<uint64_t>(secret.data());
  if (map < 0 || bpf_call(BPF_MAP_UPDATE_ELEM, update)) throw SystemError("make a map");
  return map;
}

} // namespace

void search(const Words& words) {
  const Args args(words, "hex pid maps file");
  const Secrets secrets(args);
  if (args.has("pid")) print("memory", search_memory(args.text("pid"), secrets));
  if (args.number("maps", 0)) print("maps", search_maps(secrets));
  if (args.has("file")) print("file", search_file(args.text("file"), secrets));
}

void plant(const Words& words) {
  const Args args(words, "hex");
  const Bytes secret = args.bytes("hex");
  planted_map(secret);
  const pid_t child = fork();
  if (child < 0) throw SystemError("fork");
  if (child == 0) stay();
  std::printf("%d\n", child);
}

} // namespace lab
