// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel's own types (BTF), asked three questions: a function's parameters, its result, and what lies at an
// offset of a struct.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct btf;
struct btf_param;

namespace xs {

struct BtfDeleter {
  void operator()(btf* b) const;
};
using BtfPtr = std::unique_ptr<btf, BtfDeleter>;

// A type, named by id within one BTF object. Ids of vmlinux are the same seen from every module.
using TypeId = uint32_t;

// What a pointer points to.
struct Pointee {
  TypeId type = 0; // struct, union, or a further pointer
  bool source_fact = false;
};

// What may be written through a pointer, by its type.
struct Target {
  enum class Writes : uint8_t {
    anything,
    nothing,  // it points to something constant
    numbers,  // it points to something that contains no pointer
    pointers, // it points to pointers to `element`
  };
  Writes writes = Writes::anything;
  int64_t size = 0; // bytes; 0: not known
  TypeId element = 0;
};

struct Parameter {
  std::string name;
  bool integer = false;
  std::optional<Pointee> pointee; // none: not a pointer to anything that is known
  Target target;                  // of a pointer
};

struct Prototype {
  std::vector<Parameter> parameters;
  std::optional<Pointee> result;
  bool returns_number = false;
};

// True if both take and return the same objects.
bool same(const Prototype& a, const Prototype& b);

class Types {
public:
  // Both outlive this. `base`: vmlinux's types, for a module's split BTF.
  explicit Types(const btf* btf, const Types* base = nullptr);

  const btf* raw() const { return btf_; }
  // The function's own type, the first of that name; none: no such function in this BTF object (`base` is not asked).
  std::optional<TypeId> function(std::string_view name) const;
  // None: no such function, or several of that name that differ.
  std::optional<Prototype> prototype(const std::string& function) const;
  // The same for a copy of the function whose parameters the compiler may have changed: what can be said of all.
  std::optional<Prototype> changed_abi_prototype(const std::string& function) const;
  // What a pointer to a pointer leads to after one more step; none: `type` is not a pointer to an object.
  std::optional<Pointee> target(TypeId type) const;
  // What the pointer stored `offset` bytes into an object of `type` points to; none: no pointer there, or several
  // kinds. `function` is where the load stands; `element`: the offset is that of some element of an array of pointers.
  std::optional<Pointee> member(TypeId type, int64_t offset, const std::string& function, bool element = false) const;
  // What `callee` returns when `function` calls it, where the kernel's source knows more than its type says.
  std::optional<Pointee> returned(std::string_view callee, std::string_view function) const;
  // Bytes from the start of the struct to a member of a member of it; -1: none of that name.
  int64_t offset_of(const char* struct_name, std::initializer_list<std::string_view> path) const;
  // Where net.mib.xfrm_statistics lies in struct net, bytes, and what it points to; none: no such member.
  struct Counters {
    int64_t offset;
    Pointee pointee;
  };
  std::optional<Counters> counters() const;
  // Bytes; 0 where the type has no size.
  int64_t size(TypeId type) const;
  // Bytes from the start of the struct to its member, or to "MEMBER.MEMBER", through anonymous structs and unions; -1:
  // none of that name.
  int64_t member_offset(TypeId type, std::string_view member, int depth = 0) const;
  // True if no pointer lies anywhere in it.
  bool only_numbers(TypeId type, int depth = 0) const;
  // The struct's or union's name; empty for others.
  std::string_view name(TypeId type) const;

private:
  const btf* btf_;
  const Types* base_;
  std::unordered_multimap<std::string_view, TypeId> functions_; // names live in the BTF object
  std::unordered_map<std::string_view, TypeId> structs_;

  std::optional<Prototype> build(std::string_view function, TypeId prototype) const;
  Target writable(TypeId pointer) const;
  std::optional<Prototype> callback(std::string_view function) const;
  Parameter parameter(std::string_view function, int index, const btf_param& p) const;
  struct Found {
    TypeId pointer;
    bool element; // of an array
  };
  void pointers_at(TypeId type, int64_t offset, bool element, std::vector<Found>& found, int depth = 0) const;
  std::optional<Pointee> named(const char* struct_name) const;
  TypeId member_type(TypeId type, std::string_view member, int depth = 0) const;
};

// BTF of vmlinux, and of each module (split BTF on top of vmlinux's) by module name.
struct KernelBtf {
  BtfPtr vmlinux;
  std::map<std::string, BtfPtr> modules;

  // Of a module; vmlinux's, which is set, for "" and for a module that has none here. Gathered by the first call, for
  // vmlinux has some 130,000 types.
  const Types& types(const std::string& module = {}) const;

private:
  mutable std::map<std::string, std::unique_ptr<const Types>> types_; // by module; "": vmlinux's
};

} // namespace xs
