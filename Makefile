# SPDX-License-Identifier: GPL-2.0-or-later
#
# Everything built is in build/. Kernels and tools for the tests are fetched by scripts/setup.sh.

KERNEL ?= host
VM ?= yes
PREFIX ?= /usr/local
DESTDIR ?=
RELEASE := $(shell uname -r)

all: kmod tools

help:
	@echo 'make               saa.ko for the running kernel, saactl and its XDP program'
	@echo 'make kmod          saa.ko; KERNEL=floor or newest: for a kernel of the tests'
	@echo 'make tools         saactl, with the XDP program in it'
	@echo 'make install       install them (the module is not loaded); PREFIX=$(PREFIX), DESTDIR='
	@echo 'make demo          four SRs and 100 asymmetric connections, without and with saa'
	@echo 'make check         build and run all tests in virtual machines; VM=no: on this machine as it is'
	@echo 'make check-sanitize  all of them in a kernel with KASAN, lockdep, kmemleak and failing allocations (hours)'
	@echo 'make check-long    all fuzzers and 1,000 failures of an SR, for hours, with a table at the end'
	@echo 'make check-vms     four edges and the routers as virtual machines; they die, and come back (ten minutes)'
	@echo 'make check-mutants  errors planted in the module, each of which a test must notice; MUTANTS=NAMES (an hour)'
	@echo 'make bench         instructions per packet, in a virtual machine that counts them, and more'
	@echo 'make bench-compare  what a change did to these: REV=REVISION to compare with'
	@echo 'make lint          static checks only'
	@echo 'make vm            a shell in a virtual machine; KERNEL=floor or newest'
	@echo 'make clean         remove build/'

kmod:
	@scripts/build-kmod.sh $(KERNEL)

bpf:
	@$(MAKE) --no-print-directory -C bpf

tools: bpf
	@$(MAKE) --no-print-directory -C userspace

install: all
	install -D -m 644 build/kmod/$(RELEASE)/saa.ko $(DESTDIR)/lib/modules/$(RELEASE)/extra/saa.ko
	[ -n "$(DESTDIR)" ] || depmod $(RELEASE)
	$(MAKE) -C userspace install PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)

check:
	@VM=$(VM) scripts/check.sh

check-sanitize:
	@scripts/check.sh sanitize

check-long:
	@scripts/check.sh long

check-vms:
	@scripts/setup.sh
	@$(MAKE) --no-print-directory tools
	@scripts/build-kmod.sh floor
	@scripts/build-kmod.sh newest
	@selftests/vms/run.sh

check-mutants:
	@scripts/setup.sh
	@selftests/mutants/run.sh $(MUTANTS)

demo:
	@VM=$(VM) scripts/demo.sh

bench:
	@scripts/bench.sh

bench-compare:
	@scripts/bench.sh --compare $(or $(REV),$(error bench-compare needs REV=REVISION))

lint:
	@scripts/setup.sh
	@scripts/lint.sh

vm: KERNEL := $(if $(filter host,$(KERNEL)),floor,$(KERNEL))
vm: tools
	@scripts/setup.sh
	@scripts/build-kmod.sh $(KERNEL)
	@scripts/vm.sh --kernel $(KERNEL)

clean:
	rm -rf build

.PHONY: all help kmod bpf tools install check check-sanitize check-long check-vms check-mutants demo bench bench-compare lint vm clean
