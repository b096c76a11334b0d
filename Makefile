# sendmx: GNU make, no automake. `make help` lists the targets.
#
#   SAN=address|thread   build with sanitizers, into build-address or build-thread
#   COVERAGE=1           build for gcov, into build-coverage
#   BUILD=dir            build there instead
#   WERROR=1             a warning is an error
#   JOBS=n               tests that run at the same time (default: number of CPUs)
#   T=regex              check, format: only the files whose path matches
#   SECONDS=n            fuzz: seconds for each parser (default 60)
#   BENCH=quick          bench: a look of some minutes; BENCH_RUNS=n runs for each figure (default 5)

MAKEFLAGS += --no-builtin-rules
comma := ,
SHELL := /bin/sh
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

BUILD := $(if $(SAN),build-$(SAN),$(if $(COVERAGE),build-coverage,build))
TOP := $(CURDIR)
JOBS := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
SECONDS := 60

ifneq ($(filter-out address thread,$(SAN)),)
$(error SAN is address or thread, not "$(SAN)")
endif

# These need no compiler, no library and no config.mk.
SIMPLE := deps clean distclean help format

goals := $(or $(MAKECMDGOALS),all)
after_deps := $(filter-out deps,$(goals))

ifneq ($(filter clean distclean,$(goals)),)
.NOTPARALLEL:
endif

.PHONY: all check tests demo deps bench lint format install install-sendmail uninstall deb dist clean distclean fuzz help

ifneq ($(and $(filter deps,$(goals)),$(after_deps)),)

# `make deps check`: config.mk can be made only once deps has run, so the rest is for a second make.
deps:
	@tests/packages/install
$(firstword $(after_deps)): deps
	@+$(MAKE) --no-print-directory $(after_deps)
$(wordlist 2,$(words $(after_deps)),$(after_deps)): $(firstword $(after_deps))
	@:

else

deps:
	@tests/packages/install

help:
	@echo 'make            build $(BUILD)/sendmx'
	@echo 'make deps       install what building, demo and tests need'
	@echo 'make demo       show sendmx at work in a private network'
	@echo 'make check      run all tests; T=regex picks some'
	@echo 'make bench      measure sendmx and its peers, within 62 minutes; BENCH=quick: within 10'
	@echo 'make fuzz       let each parser eat garbage for SECONDS=60 seconds'
	@echo 'make lint       clang-tidy, cppcheck, mandoc, shellcheck'
	@echo 'make format     clang-format the sources in place; T=regex picks some'
	@echo 'make install    into DESTDIR and the prefix given to ./configure; also uninstall'
	@echo 'make install-sendmail'
	@echo '                install, and be /usr/sbin/sendmail, /usr/lib/sendmail, mailq and newaliases'
	@echo 'make deb        a package for Debian and Ubuntu, $(BUILD)/sendmx_*.deb'
	@echo 'make dist       a source archive with configure in it'
	@echo 'make clean      remove what was built; distclean also configuration and fetched packages'
	@echo 'Variables: SAN=address|thread COVERAGE=1 BUILD=dir WERROR=1 JOBS=n'

# The unpacked servers in build/peers took a download: only distclean removes them.
clean:
	rm -rf build-*
	@if [ -d build ]; then find build -mindepth 1 -maxdepth 1 ! -name peers -exec rm -rf {} +; fi
	@case '$(BUILD)' in build | build-*) ;; *) rm -rf '$(BUILD)' ;; esac

distclean: clean
	rm -rf build autom4te.cache
	rm -f configure configure~ config.h config.h.in config.h.in~ config.log config.mk config.status
	rm -f sendmx-*.tar.gz

SOURCES := $(sort $(wildcard src/*.c src/*/*.c))
HEADERS := $(sort $(wildcard src/*.h src/*/*.h))
TEST_SOURCES := $(sort $(wildcard tests/*/*.[ch] tests/*/tool/*.[ch]))

format:
	printf '%s\n' $(SOURCES) $(HEADERS) $(TEST_SOURCES) | grep -E -e '$(or $(T),.)' | xargs clang-format -i

ifneq ($(filter-out $(SIMPLE),$(goals)),)

# ---- configuration ----

include config.mk

config.mk: configure src/config.mk.in
	@echo 'configuring'
	@if [ -x config.status ]; then ./config.status --recheck --silent && ./config.status --silent; \
		else ./configure --silent; fi
	@touch $@

configure: configure.ac
	@command -v autoconf >/dev/null || { echo 'autoconf is missing: run "make deps"' >&2; exit 1; }
	autoheader
	autoconf
	@rm -rf autom4te.cache configure~ config.h.in~
	@touch $@

config.h: config.mk
	@[ -e $@ ] || ./config.status --silent $@

# ---- flags ----

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
	-Wundef -Wpointer-arith -Wwrite-strings -Wold-style-definition -Wimplicit-fallthrough \
	-Wmissing-declarations -Wredundant-decls $(if $(WERROR),-Werror)

ifdef SAN
MODE := -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-fsanitize=$(if $(filter address,$(SAN)),address$(comma)undefined,thread)
else ifdef FUZZING
MODE := -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-fsanitize=fuzzer-no-link,address,undefined
else ifdef COVERAGE
MODE := -O0 --coverage
else
MODE := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif

ALL_CPPFLAGS := -D_GNU_SOURCE -I. -Isrc -include config.h $(CPPFLAGS) $(LIBRARY_CFLAGS)
ALL_CFLAGS := -std=c11 $(WARNINGS) $(HARDENING_CFLAGS) -pthread $(CFLAGS) $(MODE)
COMPILE := $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS)
LINK := $(CC) $(ALL_CFLAGS) $(HARDENING_LDFLAGS) $(LDFLAGS)

# ---- the program ----

OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
LIBRARY := $(BUILD)/libsendmx.a

all: $(BUILD)/sendmx

$(BUILD)/sendmx: $(BUILD)/src/main.o $(LIBRARY)
	@echo '  link     $@'
	@$(LINK) -o $@ $^ $(LIBS)

$(LIBRARY): $(filter-out $(BUILD)/src/main.o,$(OBJECTS)) $(BUILD)/sources
	@echo '  archive  $@'
	@rm -f $@
	@$(AR) rcs $@ $(filter %.o,$^)

$(BUILD)/%.o: %.c $(BUILD)/flags config.h
	@mkdir -p $(@D)
	@echo '  compile  $<'
	@$(COMPILE) $(if $(filter tests/%,$<),-Itests $(CMOCKA_CFLAGS)) -MMD -MP -c -o $@ $<

# Written anew only when the text changes, so that other flags or a removed source rebuild what they must.
define keep
@mkdir -p $(@D)
@printf '%s\n' '$1' | cmp -s - $@ || printf '%s\n' '$1' >$@
endef
$(BUILD)/flags: FORCE
	$(call keep,$(COMPILE) $(LINK) $(LIBS))
$(BUILD)/sources: FORCE
	$(call keep,$(SOURCES))
FORCE:

# ---- tests ----

UNIT := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*.c))
HARNESSES := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/talk/*.c tests/facts/*.c))
FUZZ := $(patsubst %.c,$(BUILD)/%,$(filter-out tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c)))
TOOL_SOURCES := $(wildcard tests/*/tool/*.c)
TOOLS := $(addprefix $(BUILD)/tests/tool/,$(basename $(notdir $(TOOL_SOURCES))))
TEST_PROGRAMS := $(UNIT) $(HARNESSES) $(FUZZ)
SCRIPTS := $(wildcard tests/*/*.bats tests/*/*.t)

$(UNIT) $(HARNESSES): $(BUILD)/%: $(BUILD)/%.o $(LIBRARY)
	@echo '  link     $@'
	@$(LINK) -o $@ $^ $(CMOCKA_LIBS) $(LIBS)

$(FUZZ): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/tests/fuzz/replay.o $(LIBRARY)
	@echo '  link     $@'
	@$(LINK) -o $@ $^ $(LIBS)

define tool
$(BUILD)/tests/tool/$(basename $(notdir $1)): $(BUILD)/$(basename $1).o
endef
$(foreach source,$(TOOL_SOURCES),$(eval $(call tool,$(source))))
$(TOOLS): $(LIBRARY)
	@mkdir -p $(@D)
	@echo '  link     $@'
	@$(LINK) -o $@ $(filter %.o,$^) $(LIBRARY) $(LIBS)

tests: $(BUILD)/sendmx $(TEST_PROGRAMS) $(TOOLS)

# What every test, the demo and the benchmark find in their environment. A sanitizer's finding exits
# with 99, which is no exit status of sendmx.
ENVIRONMENT = SENDMX='$(abspath $(BUILD))/sendmx' BUILD='$(abspath $(BUILD))' TOP='$(TOP)' SAN='$(SAN)' \
	CC='$(CC)' CMOCKA_MESSAGE_OUTPUT=TAP LC_ALL=C.UTF-8 \
	ASAN_OPTIONS=exitcode=99:$$ASAN_OPTIONS UBSAN_OPTIONS=print_stacktrace=1:exitcode=99:$$UBSAN_OPTIONS \
	TSAN_OPTIONS=exitcode=99:$$TSAN_OPTIONS

# ThreadSanitizer of older compilers cannot live with much address randomisation.
FIXED_ADDRESSES := $(if $(filter thread,$(SAN)),$(shell setarch -R true 2>/dev/null && echo setarch -R))

check: tests
	@command -v prove >/dev/null || { echo 'prove is missing: run "make deps"' >&2; exit 1; }
	@chosen=$$(printf '%s\n' $(SCRIPTS) $(TEST_PROGRAMS) | grep -E -e '$(or $(T),.)') || \
		{ echo 'no test matches "$(T)"' >&2; exit 1; }; \
	env $(ENVIRONMENT) $(FIXED_ADDRESSES) prove --jobs '$(JOBS)' --exec '' $$chosen
ifdef COVERAGE
	@gcov -n $(OBJECTS) 2>/dev/null | awk -F"'" '/^File / { file = $$2 } \
		/^Lines/ && file ~ /^src/ { sub(/Lines executed:/, ""); print "  " $$0 "  " file }' | sort -n
endif

demo: all $(TOOLS)
	@env $(ENVIRONMENT) tests/demo/demo

bench: all $(TOOLS)
	@env $(ENVIRONMENT) BENCH='$(BENCH)' BENCH_RUNS='$(BENCH_RUNS)' tests/bench/bench

# ---- fuzzing ----

# Findings stay in build-fuzz; put the input into tests/fuzz/corpus/NAME with the mend.
fuzz:
	@$(MAKE) --no-print-directory CC=clang FUZZING=1 BUILD=build-fuzz fuzzers
	@mkdir -p build-fuzz/corpus && cp -r tests/fuzz/corpus/. build-fuzz/corpus
	@cd build-fuzz && printf '%s\n' $(notdir $(FUZZ)) | xargs -P '$(JOBS)' -I NAME sh -c \
		'mkdir -p corpus/NAME; tests/fuzz/NAME -max_total_time=$(SECONDS) -timeout=5 \
			-artifact_prefix=NAME- corpus/NAME >NAME.log 2>&1; status=$$?; \
		tail -n $$([ $$status = 0 ] && echo 1 || echo 60) NAME.log | sed "s/^/NAME: /"; exit $$status'

FUZZERS := $(FUZZ:%=%.libfuzzer)
.PHONY: fuzzers
fuzzers: $(FUZZERS)
$(FUZZERS): %.libfuzzer: %.o $(LIBRARY)
	@echo '  link     $*'
	@$(LINK) -fsanitize=fuzzer -o $* $^ $(LIBS)

# ---- reading the code ----

# By their first line, and *.bash, which others source.
SHELL_SCRIPTS = $(shell find .ci .packaging tests -type f ! -path '*/corpus/*' -exec awk 'FNR == 1 && \
	(FILENAME ~ /\.bash$$/ || /^\043!.*[\/ ](sh|bash|bats)( |$$)/) { print FILENAME }' {} +)
MANUALS := $(wildcard man/*.[58])

# Every checker runs, so that one call shows all there is to mend. Not asked of shell scripts: names
# that the sourcing script sets (SC2154), and expansions in what another program is to read (SC2016).
lint: config.h
	@status=0; \
	echo '  clang-tidy'; printf '%s\n' $(SOURCES) | xargs -P '$(JOBS)' -I FILE \
		clang-tidy --quiet FILE -- $(ALL_CPPFLAGS) -std=c11 -pthread 2>$(BUILD).lint || status=1; \
	grep -E 'error|fatal' $(BUILD).lint; rm -f $(BUILD).lint; \
	echo '  cppcheck'; cppcheck --quiet --std=c11 --enable=warning,performance,portability \
		--inline-suppr --error-exitcode=1 -j '$(JOBS)' -D_GNU_SOURCE -I. -Isrc src || status=1; \
	echo '  mandoc'; mandoc -T lint -W warning $(MANUALS) </dev/null || status=1; \
	echo '  shellcheck'; shellcheck -x -P SCRIPTDIR -e SC2016,SC2154 $(SHELL_SCRIPTS) || status=1; \
	[ $$status = 0 ] && echo 'lint: nothing found'; exit $$status

# ---- installing and packing ----

MAN5 := $(DESTDIR)$(mandir)/man5
MAN8 := $(DESTDIR)$(mandir)/man8

install: all
	@[ -n '$(MANUALS)' ] || { echo 'install: there is no manual in man/' >&2; exit 1; }
	install -d '$(DESTDIR)$(sbindir)' '$(MAN5)' '$(MAN8)'
	install -m 755 $(BUILD)/sendmx '$(DESTDIR)$(sbindir)/sendmx'
	$(if $(filter %.5,$(MANUALS)),install -m 644 $(filter %.5,$(MANUALS)) '$(MAN5)')
	$(if $(filter %.8,$(MANUALS)),install -m 644 $(filter %.8,$(MANUALS)) '$(MAN8)')

# The names of sendmail, unless they belong to another mailer.
install-sendmail: install
	@DESTDIR='$(DESTDIR)' .packaging/names install '$(sbindir)/sendmx'

uninstall:
	@DESTDIR='$(DESTDIR)' .packaging/names remove '$(sbindir)/sendmx'
	rm -f '$(DESTDIR)$(sbindir)/sendmx'
	rm -f $(patsubst man/%,'$(MAN5)/%',$(filter %.5,$(MANUALS)))
	rm -f $(patsubst man/%,'$(MAN8)/%',$(filter %.8,$(MANUALS)))

# From a copy of the tree, which is configured and built as Debian wants it. What was given to this make
# is not handed down. Whether everything is there to build with, configure finds out.
DEB_TREE = $(BUILD)/deb/sendmx-$(VERSION)
deb: configure
	@command -v dpkg-buildpackage >/dev/null || { echo 'dpkg-buildpackage is missing: run "make deps"' >&2; exit 1; }
	@rm -rf $(BUILD)/deb && mkdir -p $(DEB_TREE)
	@tar -c LICENSE Makefile README config.h.in configure configure.ac man src | tar -x -C $(DEB_TREE)
	@cp -r .packaging/debian $(DEB_TREE)/debian
	@sed -i 's/@VERSION@/$(VERSION)/' $(DEB_TREE)/debian/changelog
	cd $(DEB_TREE) && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
		dpkg-buildpackage --build=binary --no-sign --no-check-builddeps
	@mv $(BUILD)/deb/*.deb $(BUILD) && rm -rf $(BUILD)/deb
	@ls $(BUILD)/sendmx_*.deb

# What the version control knows, and configure; the same tree gives the same archive.
ARCHIVE = sendmx-$(VERSION)
dist: configure
	@mkdir -p $(BUILD)
	git ls-files -z --cached --others --exclude-standard >$(BUILD)/files
	printf 'configure\0config.h.in\0' >>$(BUILD)/files
	tar --null --files-from=$(BUILD)/files --transform 's,^,$(ARCHIVE)/,S' --sort=name \
		--mtime=@$$(git log -1 --format=%ct 2>/dev/null || echo 0) \
		--owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX -czf $(ARCHIVE).tar.gz

-include $(OBJECTS:.o=.d) $(patsubst %.c,$(BUILD)/%.d,$(filter %.c,$(TEST_SOURCES)))

endif
endif
