// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The types of a small kernel.
#include "assembler.hpp"

#include <bpf/btf.h>

namespace xs::test {
namespace {

class Maker {
public:
  Maker() : b_(btf__new_empty()) {
    number_ = btf__add_int(b_.get(), "unsigned long", 8, 0);
    small_ = btf__add_int(b_.get(), "int", 4, BTF_INT_SIGNED);
    short_ = btf__add_int(b_.get(), "unsigned short", 2, 0);
    index_ = btf__add_int(b_.get(), "__ARRAY_SIZE_TYPE__", 4, 0);
  }

  BtfPtr make() {
    make_structs();
    make_functions();
    return std::move(b_);
  }

private:
  BtfPtr b_;
  int number_, small_, short_, index_;

  int pointer(int to) { return btf__add_ptr(b_.get(), to); }
  int array(int of, uint32_t count) { return btf__add_array(b_.get(), index_, of, count); }
  void field(const char* name, int type, uint32_t at) { btf__add_field(b_.get(), name, type, at * 8, 0); }
  int structure(const char* name, uint32_t size) { return btf__add_struct(b_.get(), name, size); }

  struct Param {
    const char* name;
    int type;
  };
  void function(const char* name, int result, const std::vector<Param>& params) {
    const int proto = btf__add_func_proto(b_.get(), result);
    for (const Param& p : params)
      btf__add_func_param(b_.get(), p.name, p.type);
    btf__add_func(b_.get(), name, BTF_FUNC_GLOBAL, proto);
  }

  int skb_, net_, flow_, policy_, state_, dst_, sock_; // pointers to them

  void make_structs();
  void make_skb();
  void make_functions();
};

void Maker::make_structs() {
  const int counters = array(number_, 33);
  const int mib = structure("linux_xfrm_mib", 33 * 8);
  field("mibs", counters, 0);
  const int mib_pointer = pointer(mib);
  const int netns_mib = structure("netns_mib", 0x40);
  field("xfrm_statistics", mib_pointer, 0x10);
  const int net = structure("net", 0x100);
  field("mib", netns_mib, 0x40);
  net_ = pointer(net);
  const int state = structure("xfrm_state", 0x80);
  field("xs_net", net_, 0);
  field("refcnt", small_, 0x30);
  state_ = pointer(state);
  const int dst = structure("dst_entry", 0x80);
  field("xfrm", state_, 0x20);
  dst_ = pointer(dst);
  const int policy = structure("xfrm_policy", 0x80);
  field("xp_net", net_, 0);
  policy_ = pointer(policy);
  const int policies = array(policy_, 2);
  structure("xfrm_dst", 0xa0);
  field("dst", dst, 0);
  field("pols", policies, 0x80);
  sock_ = pointer(structure("sock", 0x80));
  const int words = array(number_, 8);
  const int flow = structure("flowi", 0x40);
  field("words", words, 0);
  flow_ = pointer(flow);
  make_skb();
}

void Maker::make_skb() {
  const int possible_net = structure("", 8);
  field("net", net_, 0);
  const int device = structure("net_device", 0x40);
  field("nd_net", possible_net, 0x10);
  const int device_pointer = pointer(device);
  const int link = structure("rb_node", 24);
  const int link_pointer = pointer(link);
  skb_ = pointer(link_pointer + 4); // the struct follows two unions
  const int links = btf__add_union(b_.get(), nullptr, 24);
  field("next", skb_, 0);
  field("rbnode", link_pointer, 0);
  const int dev = btf__add_union(b_.get(), nullptr, 8);
  field("dev", device_pointer, 0);
  field("dev_scratch", number_, 0);
  structure("sk_buff", 0x100);
  field("", links, 0);
  field("", dev, 0x20);
  field("state", state_, 0x28);
  field("_skb_refdst", number_, 0x58);
}

void Maker::make_functions() {
  const int looked_at = pointer(btf__add_const(b_.get(), btf__type_by_id(b_.get(), flow_)->type));
  const int policies = pointer(policy_), number = pointer(small_), any = pointer(0);
  function("xfrm_input", small_,
           {{"skb", skb_},
            {"net", net_},
            {"fl", flow_},
            {"family", short_},
            {"pols", policies},
            {"dst", dst_},
            {"sk", sock_}});
  function("use_skb", small_, {{"skb", skb_}});
  function("consume_skb", 0, {{"skb", skb_}});
  function("get_state", state_, {});
  function("get_net", net_, {});
  function("fill_flow", 0, {{"fl", flow_}});
  function("look_at_flow", 0, {{"fl", looked_at}});
  function("set_policies", small_, {{"pols", policies}});
  function("set_number", 0, {{"n", number}});
  function("take_any", any, {{"p", any}});
  function("dst_release", 0, {{"dst", dst_}});
  function("preempt_schedule_thunk", 0, {});
  function("xfrm_resolve_and_create_bundle", small_, {{"net", net_}});
  function("xfrm_lookup_with_ifid", dst_, {{"net", net_}, {"dst_orig", dst_}, {"fl", looked_at}});
  function("xfrm_expand_policies", small_, {{"num_xfrms", number}});
}

} // namespace

BtfPtr small_types() {
  return Maker().make();
}

} // namespace xs::test
