# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Builds xfrm-snap. `make help` lists the targets; V=1 shows the commands.

# The processor of the nodes that the program is for: x86_64 or arm64. Another one than this machine's is built for in a
# folder of its own, and what runs of it here runs under qemu-user.
HERE    := $(patsubst aarch64,arm64,$(shell uname -m))
ARCH    ?= $(HERE)
FOREIGN := $(if $(filter $(HERE),$(ARCH)),,$(ARCH))
GNU_CPU := $(ARCH:arm64=aarch64)
BUILD   ?= build$(FOREIGN:%=/%)
ifeq ($(origin CXX),default)
CXX     := $(if $(FOREIGN),$(GNU_CPU)-linux-gnu-)g++
endif
EMULATE := $(if $(FOREIGN),qemu-$(GNU_CPU)-static)
PROGRAM := $(if $(FOREIGN),$(BUILD)/,)xfrm-snap
CLANG   ?= $(firstword $(shell command -v clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14) clang)
BPFTOOL ?= $(firstword $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool) bpftool)
CXXFLAGS ?= -O1
V ?= 0
Q  = $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),@:,@printf '  %-8s %s\n' $(1) $(2))

XS_CXXFLAGS := -std=c++20 -Wall -Wextra -Werror=return-type -MMD -MP -I$(BUILD)/skel $(CXXFLAGS)
FOREIGN_LIBS := $(if $(FOREIGN),$(BUILD)/foreign/libevent_core.a)
XS_LDLIBS   := $(FOREIGN_LIBS:%/libevent_core.a=-L%) -lbpf -lelf -lz -lZydis -lfmt -levent_extra -levent_core -lseccomp -pthread
BPF_FLAGS   := -target bpf -g -O2 -mcpu=v3 -Wall -Werror -Ivmlinux/$(ARCH) -Ibpf -D__TARGET_ARCH_$(ARCH:x86_64=x86)

BPF_SOURCES := $(wildcard bpf/*.bpf.c)
SKELETONS   := $(BPF_SOURCES:bpf/%.bpf.c=$(BUILD)/skel/%.skel.h)
SOURCES     := $(wildcard user/*/*.cpp)
PCH         ?= $(BUILD)/pch/user.hpp.gch
OBJECTS     := $(SOURCES:%.cpp=$(BUILD)/obj/%.o)
MAIN        := $(BUILD)/obj/user/cli/main.o
LIBRARY     := $(filter-out $(MAIN),$(OBJECTS))
UNIT        := $(wildcard tests/unit/*.cpp)
UNIT_OBJ    := $(UNIT:%.cpp=$(BUILD)/obj/%.o)
COLLECT     := $(BUILD)/obj/tests/vm/collect/main.o
COMPILERS   := $(BUILD)/obj/tests/compilers/image.o
GEN_DOCS    := $(BUILD)/obj/scripts/gen_docs.o
FUZZERS     := $(patsubst tests/fuzz/%.cpp,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*.cpp))

# Two files that change when a compiler or its flags do: what was compiled with others is compiled again.
# For g++ alone, which clang does not know. What it finds out of pointers and loops makes no difference to this program, and
# takes a twelfth of the time. Nor does it collect garbage: no file takes more than 450 MiB that way.
GXX_FLAGS := $(if $(findstring clang,$(CXX)),,-fno-tree-pta -fno-tree-loop-optimize $(if $(PCH),--param ggc-min-heapsize=800000))
CXX_FLAGS := $(CXX) $(XS_CXXFLAGS) $(GXX_FLAGS) $(PCH)
remember = $(shell mkdir -p $(BUILD); printf '%s\n' '$(2)' | cmp -s - $(1) || printf '%s\n' '$(2)' >$(1))
$(call remember,$(BUILD)/flags.cxx,$(CXX_FLAGS))
$(call remember,$(BUILD)/flags.bpf,$(CLANG) $(BPF_FLAGS))

.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all
.PHONY: all run test check test-kernels test-kernels-scenarios unit sanitized fuzzers vm bench demo deps tools compilers lab docs lint format fuzz static install uninstall deb vmlinux.h compile_commands.json clean help

all: $(PROGRAM) ## build ./xfrm-snap (the default); with ARCH=arm64 or x86_64 the other processor's: build/arm64/xfrm-snap

run: deps ## install what is missing, build, and run it on this node (or the demo where this kernel cannot be traced)
	@$(MAKE) --no-print-directory all
	@scripts/run_here

test: ## install what is missing, build, and run every test on four kernels
	@scripts/deps install test
	@$(MAKE) --no-print-directory all static $(BUILD)/unit-tests
	@tests/run

check: ## the day's tests: installs what is missing, builds, and runs the unit tests and the scenarios on kernel 6.12
	@scripts/deps install test
	@$(MAKE) --no-print-directory all $(BUILD)/unit-tests
	@tests/run check

test-kernels: ## for a release: builds a kernel by clang, fetches six more, and runs scenarios, mirror and tc on all of them
	@scripts/deps install test
	@$(MAKE) --no-print-directory all
	@tests/run kernels

test-kernels-scenarios: ## the scenarios on PREEMPT_RT and on Debian 12's backports kernel
	@scripts/deps install test
	@$(MAKE) --no-print-directory all
	@tests/run kernels-scenarios

unit: $(BUILD)/unit-tests ## build and run the unit tests alone
	$(Q)$(EMULATE) $(BUILD)/unit-tests

bench: xfrm-snap ## what it costs, in instructions, on kernel 6.12 (LABELS="5.10 7.x": on others)
	@tests/bench/run $(LABELS)

demo: xfrm-snap ## a small VM in which IPsec between two hosts breaks, and xfrm-snap tells why; needs no root
	@tests/demo/run

NEEDS ?= build
deps: ## install the packages that a build needs (NEEDS=lab: also the demo; NEEDS=test: also the tests; NEEDS=extra: also tshark, Prometheus, kubectl, buildah)
	@scripts/deps install $(NEEDS) $(FOREIGN)

NAMES ?=
compilers: xfrm-snap $(BUILD)/compilers-image ## compile the kernel's XFRM code with many compilers, and hold what is found in it against their debug information (NAMES="clang-19": that one)
	@tests/compilers/build $(NAMES)

lab: ## fetch the kernels that the tests boot
	@tests/lab/fetch

lint: ## clang-format and clang-tidy over the sources
	@scripts/lint

format: ## lay out the sources with clang-format
	$(Q)clang-format -i $$(git ls-files '*.cpp' '*.hpp' 'bpf/*.c' 'bpf/*.h' | grep -v counters.h)

# Looks for missing tools and libraries once, before anything is compiled.
$(BUILD)/tools: scripts/deps
	@scripts/deps check build $(FOREIGN)
	@mkdir -p $(@D) && touch $@

$(PROGRAM): $(LIBRARY) $(MAIN) | $(FOREIGN_LIBS)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $^ $(XS_LDLIBS)

# The program is optimized; its tests only have to compile quickly.
TESTS_PCH := $(PCH:%user.hpp.gch=%tests.hpp.gch)
$(UNIT_OBJ) $(BUILD)/pch/tests.hpp.gch: private XS_CXXFLAGS += -O0
$(UNIT_OBJ): private PCH := $(TESTS_PCH)
$(UNIT_OBJ): | $(TESTS_PCH)
$(BUILD)/obj/tests/unit/main.o: private PCH := # doctest itself is compiled there
$(BUILD)/unit-tests: $(LIBRARY) $(UNIT_OBJ) | $(FOREIGN_LIBS)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $^ $(XS_LDLIBS)

# A build of its own: AddressSanitizer, UndefinedBehaviorSanitizer, of which any finding ends the process, and what libFuzzer
# steers by. By clang, which takes half of g++'s time for it.
SANITIZE  := -O1 -g1 -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
# Without precompiled headers: here a file that does not include what it uses fails.
SANITIZED := --no-print-directory BUILD=$(BUILD)/sanitized CXX=$(CLANG)++ CXXFLAGS="$(SANITIZE)" PCH=
sanitized: ## build the program and the unit tests with ASan and UBSan in build/sanitized
	@$(MAKE) $(SANITIZED) $(BUILD)/sanitized/xfrm-snap $(BUILD)/sanitized/unit-tests

ifndef FOREIGN
$(BUILD)/xfrm-snap: $(LIBRARY) $(MAIN) $(BUILD)/obj/tests/asan_options.o
	$(call say,LINK,$@)
	$(Q)$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $^ $(XS_LDLIBS)
endif

# libevent-dev is the one library of which Debian cannot install two processors' side by side.
$(BUILD)/foreign/libevent_core.a: scripts/foreign_libs
	$(call say,FETCH,$@)
	$(Q)scripts/foreign_libs $(ARCH) $(@D)

docs: xfrm-snap $(BUILD)/gen-docs ## make the manual page, the completions, docs/losses.md and docs/counters.md again, from the program's tables
	$(Q)$(BUILD)/gen-docs
	$(Q)./xfrm-snap explain --markdown > docs/counters.md

$(BUILD)/gen-docs: $(LIBRARY) $(GEN_DOCS)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $^ $(XS_LDLIBS)

# Debian ships Zydis and {fmt} shared only: the one is made from its source package, the other from its headers. ld warns of
# getaddrinfo and two more, by which libevent looks up names of hosts: nothing here gives it one.
static: $(BUILD)/static/xfrm-snap ## one static binary, build/static/xfrm-snap (ARCH=arm64: build/arm64/static/xfrm-snap), for any distribution

$(BUILD)/static/xfrm-snap: $(OBJECTS) $(BUILD)/static/fmt.o $(BUILD)/static/libZydis.a | $(FOREIGN_LIBS)
	$(call say,LINK,$@)
	$(Q)$(CXX) -static $(CXXFLAGS) $(LDFLAGS) -s -o $@ $^ $(FOREIGN_LIBS:%/libevent_core.a=-L%) -lbpf -lelf -lz -levent_extra -levent_core -lseccomp -pthread

$(BUILD)/static/libZydis.a: scripts/static_libs
	$(call say,FETCH,$@)
	$(Q)CC=$(if $(FOREIGN),$(GNU_CPU)-linux-gnu-gcc,cc) scripts/static_libs $(@D)

$(BUILD)/static/fmt.o: scripts/static_fmt.cpp
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(XS_CXXFLAGS) -c $< -o $@

FUZZ_SECONDS ?= 60
fuzz: ## throw random input at the resolver, the decoder, the renderers, the option parser and the server (FUZZ_SECONDS each)
	@$(MAKE) $(SANITIZED) fuzzers
	@printf '%s\n' $(FUZZERS:$(BUILD)/%=$(BUILD)/sanitized/%) | xargs -P 2 -I{} sh -c 'mkdir -p {}.corpus && {} -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -len_control=0 -close_fd_mask=3 -artifact_prefix={}. {}.corpus'

fuzzers: $(FUZZERS)

# An archive: of it only what a target calls is linked.
$(BUILD)/library.a: $(LIBRARY)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/library.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(CXXFLAGS) -fsanitize=fuzzer -o $@ $^ $(XS_LDLIBS)

PREFIX  ?= /usr/local
BINARY  ?= $(PROGRAM)
COPY    := install -D -m
install: $(BINARY) ## install to DESTDIR/PREFIX (/usr/local); BINARY=build/static/xfrm-snap: the static one
	$(Q)$(COPY) 755 $(BINARY) $(DESTDIR)$(PREFIX)/sbin/xfrm-snap
	$(Q)$(COPY) 644 docs/xfrm-snap.8 $(DESTDIR)$(PREFIX)/share/man/man8/xfrm-snap.8
	$(Q)$(COPY) 644 docs/completions/xfrm-snap.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/xfrm-snap
	$(Q)$(COPY) 644 docs/completions/_xfrm-snap $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_xfrm-snap
	$(Q)mkdir -p $(DESTDIR)$(PREFIX)/lib/systemd/system
	$(Q)sed 's|@PREFIX@|$(PREFIX)|' deploy/xfrm-snap.service >$(DESTDIR)$(PREFIX)/lib/systemd/system/xfrm-snap.service

uninstall: ## remove what install put there
	$(Q)cd $(DESTDIR)$(PREFIX) && rm -f sbin/xfrm-snap share/man/man8/xfrm-snap.8 share/bash-completion/completions/xfrm-snap share/zsh/site-functions/_xfrm-snap lib/systemd/system/xfrm-snap.service

deb: $(PROGRAM) ## build/xfrm-snap_VERSION_amd64.deb (ARCH=arm64: build/arm64/xfrm-snap_VERSION_arm64.deb)
	$(Q)scripts/make_deb $(BUILD) $(ARCH)

# Parts of user/collect by themselves, for tests/vm/run_collect.
$(BUILD)/lab-collect: $(LIBRARY) $(COLLECT)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $^ $(XS_LDLIBS)

# Makes images of kernels, for tests/compilers/build.
$(BUILD)/compilers-image: $(LIBRARY) $(COMPILERS)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $^ $(XS_LDLIBS)

$(BUILD)/bpf/%.o: bpf/%.bpf.c vmlinux/$(ARCH)/vmlinux.h $(wildcard bpf/*.h) $(BUILD)/flags.bpf | $(BUILD)/tools
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_FLAGS) -c $< -o $@.tmp
	$(Q)$(BPFTOOL) gen object $@ $@.tmp && rm $@.tmp

$(BUILD)/skel/%.skel.h: $(BUILD)/bpf/%.o
	$(call say,SKEL,$@)
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $(subst -,_,$*)_bpf > $@

# The headers that most files include are parsed once. `make PCH=` does without.
$(BUILD)/pch/%.hpp.gch: scripts/pch/%.hpp $(BUILD)/flags.cxx
	$(call say,PCH,$<)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(XS_CXXFLAGS) $(GXX_FLAGS) -x c++-header $< -o $@

$(BUILD)/obj/%.o: %.cpp $(BUILD)/flags.cxx | $(SKELETONS) $(PCH)
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(PCH:%.gch=-include %) $(XS_CXXFLAGS) $(GXX_FLAGS) -c $< -o $@

compile_commands.json: ## for editors and clang-tidy
	$(Q)scripts/compile_commands '$(CXX) $(filter-out -MMD -MP,$(XS_CXXFLAGS))' $(SOURCES) $(UNIT) >$@

BTF ?= /sys/kernel/btf/vmlinux
vmlinux.h: ## make vmlinux/ARCH/vmlinux.h again, from BTF=FILE (see vmlinux/README.md)
	$(Q)scripts/gen_vmlinux_h $(BTF) vmlinux/$(ARCH)/vmlinux.h

clean: ## remove what was built; kernels fetched for the tests stay
	$(Q)rm -rf $(PROGRAM) compile_commands.json $(BUILD)/obj $(BUILD)/pch $(BUILD)/flags.* $(BUILD)/skel $(BUILD)/bpf $(BUILD)/unit-tests $(BUILD)/lab-collect $(BUILD)/compilers-image $(BUILD)/gen-docs $(BUILD)/static/xfrm-snap $(BUILD)/static/fmt.o $(BUILD)/sanitized $(BUILD)/*.deb $(BUILD)/tools

help: ## show this list
	@awk -F':.*## ' '/^[a-z.%-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

-include $(OBJECTS:.o=.d) $(UNIT_OBJ:.o=.d) $(COLLECT:.o=.d) $(COMPILERS:.o=.d) $(GEN_DOCS:.o=.d) $(FUZZERS:$(BUILD)/fuzz/%=$(BUILD)/obj/tests/fuzz/%.d) $(patsubst %.gch,%.d,$(PCH) $(TESTS_PCH))
