# SPDX-License-Identifier: Apache-2.0
# The front door. Meson does the building; this file only makes sure that each thing has what it needs first.
# On a fresh Debian 12 with git, make and apt: `make demo` or `make test` is all there is to type.
#
# DEPS=skip       do not look at Debian packages (other distributions, no network)
# DESTDIR, PREFIX for `make install`

BUILD ?= build
ASAN_BUILD ?= build-asan
FUZZ_BUILD ?= build-fuzz
PREFIX ?= /usr/local
SECONDS ?= 60
DEPS ?= install
MESON_ARGS ?=

ifeq ($(DEPS),skip)
deps_for = @true
else
deps_for = @tools/deps $(1)
endif

.DEFAULT_GOAL := help
.PHONY: help deps build demo images test test-npm test-asan powercut check bench bench-update fuzz install clean format

help: ## this list
	@echo "make TARGET, where TARGET is one of:"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' Makefile | expand -t 16

deps: ## install the Debian packages for everything but fuzzing (says which and why first)
	@tools/deps build test demo check

build: ## compile the programs and the tests
	$(call deps_for,build)
	@tools/build $(BUILD) $(MESON_ARGS)

demo: ## bring a virtual camera from declaration to label, with the real programs
	$(call deps_for,build demo)
	@tools/build $(BUILD) $(MESON_ARGS)
	@tools/demo $(BUILD)

images: ## build the example camera's images v1, v2 and the broken v3 into out/images
	$(call deps_for,build demo)
	@tools/build $(BUILD) $(MESON_ARGS)
	@examples/camera/build-images $(BUILD) out/images

test: ## unit tests, fuzz corpus, flows; then unit tests and corpus again under ASan and UBSan
	$(call deps_for,build test demo)
	@tools/build $(BUILD) $(MESON_ARGS)
	@tools/build --sanitize $(ASAN_BUILD) $(MESON_ARGS)
	@tools/run-tests $(BUILD) $(ASAN_BUILD):unit,fuzz

test-npm: ## pages under axe-core, formats against their schemas, TUF against tuf-js (fetches npm's packages for it)
	$(call deps_for,build test demo pages)
	@tools/build $(BUILD) $(MESON_ARGS)
	@for suite in pages formats tuf; do (cd tests/$$suite && npm ci --silent) || echo "npm could not fetch what tests/$$suite needs"; done
	@tools/run-tests $(BUILD):pages,formats,tuf

test-asan: ## only the sanitizer half of `make test`
	$(call deps_for,build test)
	@tools/build --sanitize $(ASAN_BUILD) $(MESON_ARGS)
	@tools/run-tests $(ASAN_BUILD):unit,fuzz

powercut: ## power cuts as in `make test`, many more, each recovery cut again
	$(call deps_for,build test)
	@tools/build $(BUILD) $(MESON_ARGS)
	@$(BUILD)/tests/powercut/test_powercut 100 1 6

check: ## format, layers, purity, headers, style, static analysis
	$(call deps_for,build check)
	@tools/build $(BUILD) $(MESON_ARGS)
	@tools/check $(BUILD)

bench: ## measure size, memory, start, installing and check-ins of a release build, beside limits and rivals
	$(call deps_for,build demo)
	@tools/build build-bench --buildtype=release $(MESON_ARGS)
	@tools/bench build-bench

bench-update: ## measure patches and whole images beside other update tools, on real images (root, an hour); writes docs/bench-update.md
	$(call deps_for,build demo bench)
	@tools/build build-bench --buildtype=release $(MESON_ARGS)
	@tools/bench-update build-bench --write

fuzz: ## libFuzzer, each target for SECONDS (60)
	$(call deps_for,build fuzz)
	@tools/build --fuzz $(FUZZ_BUILD) $(MESON_ARGS)
	@tools/fuzz $(FUZZ_BUILD) $(SECONDS)

install: ## install under DESTDIR and PREFIX (/usr/local)
	$(call deps_for,build)
	@[ ! -f build-install/build.ninja ] || meson configure build-install --prefix=$(PREFIX) --libdir=lib
	@tools/build build-install --prefix=$(PREFIX) --libdir=lib --buildtype=release $(MESON_ARGS)
	@meson install -C build-install --no-rebuild $(if $(DESTDIR),--destdir $(abspath $(DESTDIR)))

format: ## lay out all C files as .clang-format says
	$(call deps_for,check)
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean: ## remove what was built
	rm -rf $(BUILD) $(ASAN_BUILD) $(FUZZ_BUILD) build-install build-bench
