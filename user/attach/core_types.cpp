// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Copies types by name, with everything that they contain by value.
#include "core_types.hpp"

#include <bpf/btf.h>
#include <span>
#include <string_view>
#include <unistd.h>
#include <unordered_set>

namespace xs {
namespace {

std::string_view name_of(const btf* types, const btf_type* t) {
  const char* name = btf__name_by_offset(types, t->name_off);
  return name ? name : "";
}

bool relocatable(const btf_type* t) {
  return btf_is_composite(t) || btf_is_any_enum(t) || btf_is_int(t) || btf_is_typedef(t);
}

std::unordered_set<std::string_view> wanted_names(const btf* programs) {
  std::unordered_set<std::string_view> out;
  for (TypeId id = 1; id < btf__type_cnt(programs); id++) {
    const btf_type* t = btf__type_by_id(programs, id);
    const std::string_view name = name_of(programs, t);
    if (relocatable(t) && !name.empty()) out.insert(name.substr(0, name.find("___")));
  }
  return out;
}

class Copy {
public:
  explicit Copy(const btf* from) : from_(from), ids_(btf__type_cnt(from)) {}

  // The id of the type in the copy; 0: void.
  TypeId add(TypeId id) {
    if (id == 0 || ids_[id]) return ids_[id];
    const btf_type* t = btf__type_by_id(from_, id);
    wanted_.push_back(id);
    const TypeId copied = ids_[id] = static_cast<TypeId>(wanted_.size());
    if (btf_is_composite(t))
      for (const btf_member& m : std::span(btf_members(t), btf_vlen(t)))
        add(m.type);
    else if (btf_is_array(t))
      add(btf_array(t)->type), add(btf_array(t)->index_type);
    else if (passes_on(t))
      add(t->type);
    return copied;
  }

  BtfPtr finish() {
    BtfPtr out(btf__new_empty());
    for (const TypeId id : wanted_) {
      const int at = out ? btf__add_type(out.get(), from_, btf__type_by_id(from_, id)) : -1;
      if (at < 0) return nullptr;
      renumber(const_cast<btf_type*>(btf__type_by_id(out.get(), static_cast<TypeId>(at))));
    }
    return out;
  }

private:
  const btf* from_;
  std::vector<TypeId> ids_; // by the kernel's id
  std::vector<TypeId> wanted_;

  static bool passes_on(const btf_type* t) { return btf_is_mod(t) || btf_is_typedef(t) || btf_is_type_tag(t); }

  void renumber(btf_type* t) {
    if (btf_is_composite(t))
      for (btf_member& m : std::span(btf_members(t), btf_vlen(t)))
        m.type = ids_[m.type];
    else if (btf_is_array(t))
      btf_array(t)->type = ids_[btf_array(t)->type], btf_array(t)->index_type = ids_[btf_array(t)->index_type];
    else if (passes_on(t))
      t->type = ids_[t->type];
    else if (btf_is_ptr(t))
      t->type = 0;
  }
};

} // namespace

BtfPtr core_types(const btf* kernel, const btf* programs) {
  const auto names = wanted_names(programs);
  Copy copy(kernel);
  const TypeId count = btf__type_cnt(kernel);
  for (TypeId id = 1; id < count; id++) {
    const btf_type* t = btf__type_by_id(kernel, id);
    if (t->name_off && relocatable(t) && names.contains(name_of(kernel, t))) copy.add(id);
  }
  return copy.finish();
}

Status write_core_types(const btf* kernel, const btf* programs, const Fd& file) {
  const BtfPtr types = core_types(kernel, programs);
  uint32_t size = 0;
  const void* bytes = types ? btf__raw_data(types.get(), &size) : nullptr;
  if (!bytes || write(file.get(), bytes, size) != static_cast<ssize_t>(size))
    return fail("cannot take the types that the programs ask for out of the kernel's BTF: {}", errno_text());
  return {};
}

} // namespace xs
