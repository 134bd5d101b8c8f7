# Every task of the project by name. What each one needs is installed first if it is missing (Debian, apt).

SOAK_SECONDS ?= 600
FUZZ_SECONDS ?= 3600

.PHONY: help demo build check test lint sanitize soak fuzz bench clean

help:
	@echo "make demo      build Muster, provision a simulated TPM device with it and show the device"
	@echo "make build     the programs: build/release/bin/muster, muster-agent, muster-load"
	@echo "make check     the unit tests alone"
	@echo "make test      every test; the last line says how many passed and failed"
	@echo "make lint      clang-format, clang-tidy, the links in the documentation"
	@echo "make sanitize  the unit tests under ASan and UBSan, and under TSan"
	@echo "make soak      a server under load for SOAK_SECONDS ($(SOAK_SECONDS))"
	@echo "make fuzz      every fuzz target; together they share FUZZ_SECONDS ($(FUZZ_SECONDS))"
	@echo "make bench     Muster beside nginx and Mosquitto; prints the figures of docs/performance.md"
	@echo "make clean     removes build/"

demo: build
	@scripts/install-dependencies.sh demo
	@scripts/demo.sh

build:
	@scripts/install-dependencies.sh build
	@cmake --preset release >/dev/null
	@cmake --build --preset release

check:
	@scripts/install-dependencies.sh build unit
	@cmake --preset dev >/dev/null
	@cmake --build --preset dev
	@ctest --preset dev -L unit -j 2

test:
	@scripts/install-dependencies.sh build unit test fuzz
	@scripts/test.sh

lint:
	@scripts/install-dependencies.sh build unit lint
	@scripts/lint.sh

sanitize:
	@scripts/install-dependencies.sh build unit test
	@scripts/sanitize.sh asan tsan

soak: build
	@scripts/install-dependencies.sh test
	@scripts/soak.sh $(SOAK_SECONDS)

fuzz:
	@scripts/install-dependencies.sh build fuzz
	@scripts/fuzz.sh $(FUZZ_SECONDS)

bench: build
	@scripts/install-dependencies.sh bench
	@bench/run.sh
	@bench/mqtt.sh
	@bench/restart.sh

clean:
	@rm -rf build
