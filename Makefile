# campaign: build, install, test. `make help` lists the targets.
#
# `make` and `make install` are plain PGXS and use the pg_config of the PATH.
# Everything that starts a server uses a private copy of PostgreSQL under
# build/pg, so that tests and demo leave the machine's own server alone.

EXTENSION  = campaign
MODULE_big = campaign
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" campaign.control)

SOURCES    = $(sort $(wildcard src/*.c src/*/*.c))
OBJS       = $(SOURCES:.c=.o)
SQL_PARTS  = $(sort $(wildcard sql/[0-9]*.sql))
DATA       = $(wildcard sql/campaign--*--*.sql sql/released/campaign--*.sql)
DATA_built = sql/campaign--$(EXTVERSION).sql

PG_CONFIG ?= pg_config
PGXS      := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)

# WERROR= builds with a compiler whose warnings differ from ours.
WERROR = -Werror

# The headers of the server and of libcurl do not bear -Wextra; -isystem, which
# wins over the -I that PGXS adds for the same folder, keeps their warnings out.
PG_CPPFLAGS = -Isrc -isystem $(shell $(PG_CONFIG) --includedir-server 2>/dev/null) \
	$(patsubst -I%,-isystem %,$(shell curl-config --cflags 2>/dev/null)) \
	$(patsubst -I%,-isystem %,$(shell pkg-config --cflags-only-I gmime-3.0 2>/dev/null))
# No -fvisibility=hidden: PostgreSQL 15 leaves PGDLLEXPORT empty and its
# PG_FUNCTION_INFO_V1 does not export the function itself. test/check/exported
# looks after the names instead. No -Wunused-parameter: what PostgreSQL and
# libcurl call back is handed more than it uses.
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter $(WERROR) \
	-DCAMPAIGN_VERSION='"$(EXTVERSION)"'
ifdef DEBUG
PG_CFLAGS += -DUSE_ASSERT_CHECKING -O0 -g
endif
ifdef FAULTS
PG_CFLAGS += -DCAMPAIGN_FAULTS
endif
ifdef FAULTS
# what src/net asks for may be refused, see src/store/fault.c
FAULT_LINK = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup
endif
SHLIB_LINK = $(FAULT_LINK) $(shell curl-config --libs 2>/dev/null) $(shell pkg-config --libs gmime-3.0 libcrypto 2>/dev/null)

EXTRA_CLEAN = build results regression.diffs regression.out output_iso tmp_check .deps
NO_INSTALLCHECK = 1

# Debian's PGXS comes without header dependencies; this turns its own on.
override autodepend = yes
# Bitcode for inlining doubles the time of a build and serves little here. The
# override holds against Makefile.global and lets `make with_llvm=yes` through.
with_llvm ?= no
override with_llvm := $(with_llvm)

.DEFAULT_GOAL := all

ifneq ($(PGXS),)
include $(PGXS)

# Objects are made anew when the flags or the server's version change.
$(OBJS): build/flags
build/flags: FORCE
	@mkdir -p build
	@echo '$(VERSION) $(CC) $(CFLAGS)' | cmp -s - $@ || echo '$(VERSION) $(CC) $(CFLAGS)' >$@

$(DATA_built): $(SQL_PARTS) campaign.control Makefile
	cat $(SQL_PARTS) >$@

clean: demo-stop
else
all install clean:
	@echo "campaign: no pg_config found; 'make packages' installs what is needed" >&2
	@exit 1
endif

# ---- the private server ------------------------------------------------------

packages: ## install the Debian packages that are missing
	@scripts/packages

server: ## build, and install into a private copy of PostgreSQL under build/pg
	@scripts/server

# ---- demo --------------------------------------------------------------------

demo: ## run a campaign of 1,000 prospects in a server of its own
	@test/demo/run

demo-stop: ## end what `make demo` left running
	@if [ -x test/demo/stop ]; then test/demo/stop; fi

# ---- tests: each builds what it needs ------------------------------------------

test installcheck: ## everything below, with one line of totals
	@test/run

check-guards: ## rules of the source text: floors, names, sizes, formatting
	@test/run guards
unit: ## src/core and src/net under sanitizers, without PostgreSQL
	@test/run unit
regress: ## SQL tests; ONLY="a b" runs only these
	@test/run regress
isolation: ## interleaved sessions; ONLY="a b" runs only these
	@test/run isolation
faults: ## all kinds of failure at each fault point, for each class of channel
	@FAULT_KINDS='kill error fatal memory malloc' FAULT_CLASSES='keys blind mail flaky' SUITE_SECONDS=86400 \
		ONLY=040_faults test/run tap
crash: ## random kills; N=20000 actions, KILLS=40, SEED=1, at most MINUTES=60
	@CRASH_ACTIONS='$(N)' CRASH_KILLS='$(KILLS)' CRASH_SEED='$(SEED)' CRASH_MINUTES='$(MINUTES)' SUITE_SECONDS=86400 \
		ONLY=041_random_kills test/run tap
interrupts: ## whether anybody waits for workers to whom nobody answers; N=100 times
	@INTERRUPT_ROUNDS='$(or $(N),100)' SUITE_SECONDS=86400 ONLY=044_interrupts test/run tap
simulate: ## random runs through random sequences; N=100000 seeds
	@$(MAKE) --no-print-directory -s -C test/unit $(abspath build/unit/simulate) out=$(abspath build/unit)
	@build/unit/simulate $(or $(N),100000)
traces: ## random scenarios through SQL and through the simulator; N=250, SEED=1
	@TRACE_COUNT='$(N)' TRACE_SEED='$(SEED)' SUITE_SECONDS=86400 ONLY=050_traces test/run tap
mutants: ## planted errors, each of which a test has to find; ONLY="no_recovery"
	@test/mutants/run
sqlfuzz: ## random definitions and calls of whatever is public; N=10000, SEED=1
	@CALLS='$(N)' SEED='$(SEED)' SUITE_SECONDS=86400 ONLY=047_random_calls test/run tap
fuzz: ## bytes from outside, at random; SECONDS=60 for each, ONLY="received"
	@$(MAKE) --no-print-directory -C test/fuzz check $(if $(SECONDS),SECONDS=$(SECONDS)) ONLY='$(ONLY)'
examples-check: ## the programs of docs/examples, also the one that takes pg for Node.js, which npm fetches
	@test/report/examples
report-check: ## pages and pictures in Chromium, by Graphviz and Mermaid, with screenshots in build/report
	@test/report/check
soak: ## all that workers do, for HOURS=1 or MINUTES=10: memory, files, tables, time of claims
	@SOAK_HOURS='$(HOURS)' SOAK_MINUTES='$(MINUTES)' SUITE_SECONDS=864000 ONLY=soak test/run long
valgrind: ## the workers under valgrind, for a few hundred actions; SECONDS=12
	@VALGRIND_SECONDS='$(SECONDS)' SUITE_SECONDS=7200 ONLY=valgrind test/run long
debug-check: ## SQL tests, and those of the workers, with assertions in a copy of the checkout
	@test/debug
citus-check: ## SQL tests on a cluster of Citus after distribute(), where it is installed; ONLY="a b", SHARDS=8
	@SHARDS='$(SHARDS)' ONLY='$(ONLY)' test/citus
fresh-check: ## both commands of the README on a bare Debian 12, in a chroot, by root and by a user; SHORT=1 leaves out make test
	@SHORT='$(SHORT)' WHO='$(WHO)' CLUSTER='$(CLUSTER)' scripts/fresh_check
matrix: ## the suites in chroots of other Debians, with their PostgreSQL: SUITES="trixie forky", TESTS="regress tap"
	@SUITES='$(SUITES)' TESTS='$(TESTS)' ONLY='$(ONLY)' scripts/matrix
tap: ## workers, crashes and real HTTP; ONLY="001_x" runs only this
	@test/run tap

# ---- benchmarks: bench-NAME runs test/bench/NAME --------------------------------

bench: ## all benchmarks
	@test/run bench
bench-large: ## growth, fairness and overview with rows by the million
	@ONLY='growth fairness overview' BENCH_ROWS=10000000 BENCH_DUE=1000000 OVERVIEW_ACTIONS=10000000 SUITE_SECONDS=14400 test/run bench
bench-%: ## one benchmark, as bench-advance, bench-deliver, bench-idle
	@ONLY='$*' test/run bench

# ---- housekeeping ----------------------------------------------------------------

dist: ## what is committed, as an archive for the extension network, in build/
	@mkdir -p build
	@version=$$(sed -n 's/^    "version": "\(.*\)",/\1/p' META.json) && \
		git -c safe.directory='*' archive --format=zip --prefix="campaign-$$version/" -o "build/campaign-$$version.zip" HEAD && \
		echo "build/campaign-$$version.zip"

deb: ## the Debian package in build/deb, built on a bare Debian 12 in a chroot and tried on another
	@scripts/deb

format: ## lay out the C sources by .clang-format
	@clang-format -i $$(scripts/c_files)

help: ## this list
	@awk -F':.*## ' '/^[a-z%-][a-z% -]*:.*## / { sub("%", "NAME", $$1); printf "make %-20s %s\n", $$1, $$2 }' Makefile
	@echo 'DEBUG=1 builds with assertions; PG_CONFIG=PATH names another server.'

FORCE:
.PHONY: FORCE packages deb dist server demo demo-stop test installcheck check-guards unit regress \
	isolation tap report-check examples-check citus-check fresh-check fuzz faults crash interrupts traces mutants \
	simulate soak valgrind debug-check matrix sqlfuzz bench bench-large format help
