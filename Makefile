# SPDX-License-Identifier: GPL-2.0
# Everything a person runs. What the kernel's build system reads is in Kbuild.

KDIR	?= $(firstword $(wildcard /lib/modules/$(shell uname -r)/build) \
		       $(lastword $(sort $(wildcard /usr/src/linux-headers-*-amd64))))
DESTDIR	?=
PREFIX	?= /usr
BUILD	:= $(CURDIR)/build
RELEASE	 = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h 2>/dev/null)
TREE	 = $(BUILD)/$(RELEASE)

.DEFAULT_GOAL := all
MAKEFLAGS += --no-print-directory

include lab/user/user.mk lab/user/coverage.mk lab/tests/fuzz/fuzz.mk lab/docs/docs.mk

##@ Build
.PHONY: all deps module launcher install deb clean
all: module launcher ## the module for the kernel in KDIR, and the launcher

deps: ## the apt line that installs what building needs
	@packaging/deps

# The kernel builds an external module where its sources are. A tree of links for
# each kernel keeps the objects of several kernels apart.
module: ## build/<release>/keel.ko
	@KDIR='$(KDIR)' packaging/deps module
	@test "$(origin KDIR) $(RELEASE)" != "file $$(uname -r)" || exit 0; \
		test "$(origin KDIR)" != file || echo "keel: building for the kernel $(RELEASE):" \
		"$$(uname -r), which runs here, has no headers here" >&2
	@lab/tree $(TREE)
	$(MAKE) -C $(KDIR) M=$(TREE) $(MODFLAGS) modules

launcher: ## build/userspace/keel
	$(MAKE) -C userspace O=$(BUILD)/userspace

# The same folder on every kernel, and one that depmod prefers. The headers alone have no
# System.map, without which modules_install runs no depmod.
install: all ## module, launcher, units, man pages (DESTDIR and PREFIX are honoured)
	$(MAKE) -C $(KDIR) M=$(TREE) INSTALL_MOD_PATH=$(DESTDIR) INSTALL_MOD_DIR=updates \
		INSTALL_MOD_STRIP=1 modules_install
	$(MAKE) -C userspace O=$(BUILD)/userspace DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) install
	test -n "$(DESTDIR)" || depmod -a $(RELEASE)

deb: ## Debian's packages keel and keel-dkms, in build/deb
	@packaging/deb $(BUILD)/deb

clean: ## remove build/
	rm -rf $(BUILD)

##@ Run
.PHONY: setup demo demo-shell
setup: ## install the Debian packages that everything here needs
	@lab/setup

demo: setup launcher ## boot Debian on Keel in the lab, and show what Keel did
	@lab/demo/run

demo-shell: setup launcher ## the same, and stay in the guest's shell
	@lab/demo/shell

##@ Test
.PHONY: check check-long check-static user-tests coverage fuzz kunit bench bench-layers bench-late
check: setup ## everything that must pass; ends with a line of totals
	@lab/check

check-long: setup ## what takes too long for that: a Debian system in each way, 100 restores, power cuts, a minute idle, 1 MiB, tests on other kernels and CPUs, an Intel host in several ways, a host that looks for what is wrong with memory and locks, fuzzing (FUZZ_RUNS=2000000), every static check
	@lab/check build sparse newchip launcher_long coverage_long builds_long static_long guests_long crash_long firmware_long kernels_long abi_long newest_long packages_long intel_long storm debug campaign

check-static: setup ## mistakes that tools find without running anything: gcc's analyzer, clang-tidy, Coccinelle, pahole, sizes of stack frames
	@lab/static

user-tests: $(BUILD)/user/tests ## every KUnit suite in userspace under ASan and UBSan
	@$(BUILD)/user/tests

coverage: $(BUILD)/coverage/tests ## what they reach in devices/, and whether it is enough
	@find $(BUILD)/coverage -name '*.gcda' -delete
	@$< >$(BUILD)/coverage/log || { cat $(BUILD)/coverage/log; exit 1; }
	@lab/user/coverage $(BUILD)/coverage $(COVERAGE_LINES) $(COVERAGE_BRANCHES)

fuzz: setup ## whole boards, virtqueues, and what is in them, under libFuzzer (FUZZ_RUNS=2000000 FUZZ_JOBS=2)
	@lab/tests/fuzz/run

kunit: setup ## every KUnit suite in User Mode Linux
	@lab/tree $(BUILD)/uml
	@$(MAKE) -s -C "$$(lab/uml)" ARCH=um M=$(BUILD)/uml modules
	@lab/kunit $(BUILD)/uml/keel_kunit.ko

bench: setup launcher ## what hardware costs a guest in instructions, beside KVM's own, QEMU's and a minimal VMM's, on AMD and Intel (VENDORS="amd intel" ROWS="pit* blk" PEERS="keel*" COMPARE=old.json RECORD=1 DOCUMENT=1)
	@lab/bench/run $(if $(VENDORS),--vendors '$(VENDORS)') $(if $(ROWS),--rows '$(ROWS)') \
		$(if $(PEERS),--peers '$(PEERS)') $(if $(COMPARE),--compare '$(COMPARE)') \
		$(if $(RECORD),--record) $(if $(DOCUMENT),--document)

bench-layers: setup launcher ## where the instructions of some of these go, by layer and by function (PEERS="keel* kvm" FUNCTIONS=pit-read DOCUMENT=1)
	@lab/bench/layers $(if $(PEERS),--peers '$(PEERS)') $(if $(FUNCTIONS),--functions '$(FUNCTIONS)') \
		$(if $(DOCUMENT),--document)

bench-late: setup launcher ## how late a periodic timer's ticks are, in instructions, beside KVM's own chips and QEMU's, idle and with load, and Debian's cyclictest in a Linux guest (KERNELS="6.1 6.1-rt" PEERS="keel*" GUESTS="bare linux" DOCUMENT=1)
	@lab/bench/late $(if $(KERNELS),--kernels '$(KERNELS)') $(if $(PEERS),--peers '$(PEERS)') \
		$(if $(GUESTS),--guests '$(GUESTS)') \
		$(if $(DOCUMENT),--document)

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
