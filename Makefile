# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Builds xfrm-snap. `make help` lists the targets; V=1 shows the commands.

ARCH    ?= x86_64
BUILD   ?= build
CXX     ?= g++
CLANG   ?= $(firstword $(shell command -v clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14) clang)
BPFTOOL ?= $(firstword $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool) bpftool)
CXXFLAGS ?= -O2 -g
V ?= 0
Q  = $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),@:,@printf '  %-8s %s\n' $(1) $(2))

XS_CXXFLAGS := -std=c++20 -Wall -Wextra -Werror=return-type -MMD -MP -I$(BUILD)/skel $(CXXFLAGS)
XS_LDLIBS   := -lbpf -lelf -lz -lZydis -lfmt -pthread
BPF_FLAGS   := -target bpf -g -O2 -mcpu=v3 -Wall -Werror -Ivmlinux/$(ARCH) -Ibpf -D__TARGET_ARCH_$(ARCH:x86_64=x86)

BPF_SOURCES := $(wildcard bpf/*.bpf.c)
SKELETONS   := $(BPF_SOURCES:bpf/%.bpf.c=$(BUILD)/skel/%.skel.h)
SOURCES     := $(wildcard user/*/*.cpp)
OBJECTS     := $(SOURCES:%.cpp=$(BUILD)/obj/%.o)
MAIN        := $(BUILD)/obj/user/cli/main.o
LIBRARY     := $(filter-out $(MAIN),$(OBJECTS))
UNIT        := $(wildcard tests/unit/*.cpp)
UNIT_OBJ    := $(UNIT:%.cpp=$(BUILD)/obj/%.o)

.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all
.PHONY: all clean

all: xfrm-snap ## build ./xfrm-snap (the default)

xfrm-snap: $(LIBRARY) $(MAIN)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $^ $(XS_LDLIBS)

$(BUILD)/unit-tests: $(LIBRARY) $(UNIT_OBJ)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $^ $(XS_LDLIBS)

$(BUILD)/bpf/%.o: bpf/%.bpf.c vmlinux/$(ARCH)/vmlinux.h $(wildcard bpf/*.h)
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_FLAGS) -c $< -o $@.tmp
	$(Q)$(BPFTOOL) gen object $@ $@.tmp && rm $@.tmp

$(BUILD)/skel/%.skel.h: $(BUILD)/bpf/%.o
	$(call say,SKEL,$@)
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $(subst -,_,$*)_bpf > $@

$(BUILD)/obj/%.o: %.cpp | $(SKELETONS)
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(XS_CXXFLAGS) -c $< -o $@

-include $(OBJECTS:.o=.d) $(UNIT_OBJ:.o=.d)
