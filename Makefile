# Makefile - everything that is built, checked and installed.
#
#   make                    build/p11ca, build/libp11ca.a, build/libp11ca.so
#   make install            DESTDIR= PREFIX=/usr/local; make uninstall
#   make check              all tests, ends with "N passed, N failed";
#                           ONLY=rule: those with "rule" in their name
#   make check-corpus       CORPUS=FILE: the verdict on every case of a corpus
#   make check-hsm          what each kind of token carries, with a table
#   make check-crash        ends p11ca at bad moments and looks at what is left
#   make asan               all tests under address and undefined sanitizers
#   make lint               formatter, analysers, layers, manuals, completion
#   make layers             no include points upwards or sideways
#   make cover              lines and branches that the tests reach, per file
#   make fuzz               SECONDS=60 for each target; make fuzz-replay
#   make bench              how long things take
#   make generated          writes docs/completion and docs/p11ca-rules.7 from
#                           the program's own tables
#
# None of them needs a network.

VERSION = 0.1.0
SONAME = libp11ca.so.0
BUILD = build
PREFIX = /usr/local
SECONDS = 60
ONLY =

CC = gcc
CFLAGS = -O2 -g
HARDEN = -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2 -Wwrite-strings -Wcast-qual \
	-Wimplicit-fallthrough -Wundef -Werror -Wno-unused-parameter
PKGS = libcrypto libp11 p11-kit-1 sqlite3 jansson libcyaml
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS))
PKG_LIBS := $(shell pkg-config --libs $(PKGS)) -lm
ALL_CFLAGS = -std=c11 $(WARN) -Iinclude $(PKG_CFLAGS) -fPIC -pthread -D_GNU_SOURCE \
	-DP11CA_VERSION='"$(VERSION)"' \
	-DP11CA_LIBDIR='"$(PREFIX)/lib/p11ca"' $(HARDEN) $(SANITIZE) $(CFLAGS)
ALL_LDFLAGS = -pthread -Wl,-z,relro,-z,now,--as-needed $(SANITIZE) $(LDFLAGS)

# The bridge is a module of its own, and the process of an isolated module a
# program; everything else below the doors is the library.
LAYERS = base pki token store rule wire action
BRIDGE_SRC = src/token/bridge.c
ISOLATE_SRC = src/token/isolated.c
LIB_SRC := $(filter-out $(BRIDGE_SRC) $(ISOLATE_SRC),\
	$(foreach layer,$(LAYERS),$(wildcard src/$(layer)/*.c)))
DOOR_SRC := $(wildcard src/door/*.c)
LIB_OBJ := $(LIB_SRC:src/%.c=$(BUILD)/obj/%.o)
DOOR_OBJ := $(DOOR_SRC:src/%.c=$(BUILD)/obj/%.o)
BRIDGE_OBJ := $(BRIDGE_SRC:src/%.c=$(BUILD)/obj/%.o)
ISOLATE_OBJ := $(ISOLATE_SRC:src/%.c=$(BUILD)/obj/%.o)

# Scripts that spend their time with other programs, or wait for deadlines: under
# sanitizers the tests in C do the same.
MOSTLY_OTHERS = tests/story/sign_test.sh tests/story/issue_test.sh \
	tests/token/deadline_test.sh

# tests/rule/import_test.c is build/test-rule-import: flat, so that a test
# finds the modules where the program finds them, beside itself.
TEST_SRC := $(wildcard tests/*/*_test.c)
TEST_OBJ := $(TEST_SRC:%.c=$(BUILD)/obj/%.o)
TESTS := $(foreach src,$(TEST_SRC),\
	$(BUILD)/test-$(subst /,-,$(src:tests/%_test.c=%)))
TEST_SCRIPTS := $(wildcard tests/*/*_test.sh)
FAULT_SRC := $(wildcard tests/token/fault_module.c)
FAULT_OBJ := $(FAULT_SRC:%.c=$(BUILD)/obj/%.o)
FAULT_MODULE := $(if $(FAULT_SRC),$(BUILD)/p11ca-fault.so)
CARD_SRC := $(wildcard tests/hsm/card*.c)
CARD_OBJ := $(CARD_SRC:%.c=$(BUILD)/obj/%.o)
CARD := $(if $(CARD_SRC),$(BUILD)/p11ca-card)
SIGNER_SRC := $(wildcard tests/hsm/signer.c)
SIGNER_OBJ := $(SIGNER_SRC:%.c=$(BUILD)/obj/%.o)
SIGNER := $(if $(SIGNER_SRC),$(BUILD)/p11ca-signer)
LEAK_OBJ := $(if $(findstring address,$(SANITIZE)),\
	$(BUILD)/obj/tests/token/softhsm_leak.o)
FUZZ := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
FUZZ_OBJ := $(FUZZ:%=$(BUILD)/obj/tests/fuzz/%_fuzz.o)
BENCH_SRC := $(wildcard tests/bench/*.c)
BENCH_OBJ := $(BENCH_SRC:%.c=$(BUILD)/obj/%.o)
BENCH := $(BENCH_SRC:tests/bench/%.c=$(BUILD)/bench-%)

# V=1 shows the commands themselves.
quiet = $(if $(V),,@$(if $(findstring s,$(firstword -$(MAKEFLAGS))),,\
	echo "$(1) $@" &&))

PROGRAM = $(BUILD)/p11ca $(BUILD)/p11ca-bridge.so $(BUILD)/p11ca-isolate
LINT = tidy shell clang cppcheck format layers measures manual generated

.PHONY: all install uninstall clean check check-build check-corpus check-crash \
	check-hsm asan lint lint-flags layers cover fuzz fuzz-replay fuzz-build bench generated \
	always
.DELETE_ON_ERROR:
.SECONDARY:

all: $(PROGRAM) $(BUILD)/libp11ca.a $(BUILD)/libp11ca.so $(BUILD)/p11ca.pc

# Changed flags build everything anew, a changed list of files the archive.
$(BUILD)/flags: always
	$(shell mkdir -p $(@D))$(file >$@.new,$(CC) $(ALL_CFLAGS) / $(ALL_LDFLAGS))
	@if cmp -s $@.new $@; then rm -f $@.new; else mv $@.new $@; fi

$(BUILD)/objects: always
	$(shell mkdir -p $(@D))$(file >$@.new,$(LIB_OBJ) / $(DOOR_OBJ))
	@if cmp -s $@.new $@; then rm -f $@.new; else mv $@.new $@; fi

$(BUILD)/obj/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call quiet,cc) $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/tests/%.o: tests/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call quiet,cc) $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libp11ca.a: $(LIB_OBJ) $(BUILD)/objects
	@rm -f $@
	$(call quiet,ar) $(AR) rcs $@ $(LIB_OBJ)

$(BUILD)/libp11ca.so: $(LIB_OBJ) $(BUILD)/objects
	$(call quiet,ld) $(CC) $(ALL_LDFLAGS) -shared -Wl,-soname,$(SONAME) -o $@ $(LIB_OBJ) \
		$(PKG_LIBS)
	@ln -sf $(@F) $(BUILD)/$(SONAME)

$(BUILD)/p11ca-bridge.so: $(BRIDGE_OBJ)
	$(call quiet,ld) $(CC) $(ALL_LDFLAGS) -shared -o $@ $(BRIDGE_OBJ)

$(BUILD)/p11ca-isolate: $(ISOLATE_OBJ) $(BUILD)/libp11ca.a $(LEAK_OBJ)
	$(call quiet,ld) $(CC) $(ALL_LDFLAGS) -pie -o $@ $^ $(PKG_LIBS)

$(BUILD)/p11ca: $(DOOR_OBJ) $(BUILD)/libp11ca.a $(BUILD)/objects $(LEAK_OBJ)
	$(call quiet,ld) $(CC) $(ALL_LDFLAGS) -pie -o $@ $(filter-out %/objects,$^) \
		$(PKG_LIBS)

$(BUILD)/p11ca.pc: libp11ca.pc.in Makefile $(BUILD)/flags
	@mkdir -p $(@D)
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' \
		-e 's|@PKGS@|$(PKGS)|' $< >$@

# Tests of a door see the door's own objects, without its main().
define test_program
$(BUILD)/test-$(subst /,-,$(1:tests/%_test.c=%)): $(BUILD)/obj/$(1:.c=.o) \
    $(if $(filter tests/door/%,$(1)),$(filter-out %/door/main.o,$(DOOR_OBJ))) \
    $(BUILD)/libp11ca.a $(LEAK_OBJ)
	$$(call quiet,ld) $$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ $$(PKG_LIBS) -lcriterion
endef
$(foreach src,$(TEST_SRC),$(eval $(call test_program,$(src))))

$(BUILD)/p11ca-fault.so: $(FAULT_OBJ)
	$(call quiet,ld) $(CC) $(ALL_LDFLAGS) -shared -o $@ $(FAULT_OBJ)

# A smart card for the tests, in software.
$(BUILD)/p11ca-card: $(CARD_OBJ)
	$(call quiet,ld) $(CC) $(ALL_LDFLAGS) -o $@ $^ -lcrypto

# A process that stays while its token comes and goes.
$(BUILD)/p11ca-signer: $(SIGNER_OBJ) $(BUILD)/libp11ca.a
	$(call quiet,ld) $(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

-include $(CARD_OBJ:.o=.d) $(SIGNER_OBJ:.o=.d)

$(BUILD)/fuzz-%: $(BUILD)/obj/tests/fuzz/%_fuzz.o $(BUILD)/libp11ca.a
	$(call quiet,ld) $(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $< $(BUILD)/libp11ca.a \
		$(PKG_LIBS)

$(BUILD)/bench-%: $(BUILD)/obj/tests/bench/%.o $(BUILD)/libp11ca.a
	$(call quiet,ld) $(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

# Checks.  Each unit that scripts/run-tests gets is one command.
RUN_TESTS = P11CA_BUILD=$(abspath $(BUILD)) P11CA=$(abspath $(BUILD)/p11ca) \
	scripts/run-tests
some = $(strip $(foreach unit,$(1),$(if $(ONLY),\
	$(if $(findstring $(ONLY),$(unit)),$(unit)),$(unit))))

# Who takes long begins early, so that at the end nobody is waited for.
LONGEST = $(patsubst %,tests/%_test.sh,token/deadline story/crash_batch \
	story/crash_create) $(BUILD)/test-action-probe \
	$(BUILD)/test-token-deadline $(patsubst %,tests/%_test.sh, \
	story/crash_import story/sign story/crash_issue story/issue \
	story/crash_crl story/crash_revoke door/cli hsm/%) \
	$(BUILD)/test-action-issue_batch $(BUILD)/test-token-key
longest_first = $(foreach unit,$(LONGEST),$(filter $(unit),$(1))) \
	$(filter-out $(LONGEST),$(1))

check-build: $(PROGRAM) $(FAULT_MODULE) $(CARD) $(SIGNER) \
	$(call some,$(TESTS))

check: check-build
	@$(RUN_TESTS) $(call longest_first,$(filter-out $(WITHOUT),\
		$(call some,$(TEST_SCRIPTS) $(TESTS))))

check-corpus: check-build $(BUILD)/test-action-corpus
	@test -r "$(CORPUS)" || { \
		echo "make check-corpus needs CORPUS=FILE, a readable file" >&2; \
		exit 2; }
	@P11CA_CORPUS="$$(realpath "$(CORPUS)")" P11CA_TEST_SHOW=1 \
		$(RUN_TESTS) $(BUILD)/test-action-corpus

check-hsm: $(PROGRAM) $(FAULT_MODULE) $(CARD) $(SIGNER)
	@P11CA_BUILD=$(abspath $(BUILD)) P11CA=$(abspath $(BUILD)/p11ca) \
		scripts/check-hsm $(filter-out $(WITHOUT),$(call some,\
		$(filter tests/hsm/%,$(TEST_SCRIPTS))))

check-crash: check-build
	@P11CA_BUILD=$(abspath $(BUILD)) P11CA=$(abspath $(BUILD)/p11ca) \
		scripts/check-crash

# Tests that trace p11ca's system calls stay out: leaks cannot be looked for in
# a traced process; and other people's modules.  Instrumented code makes
# compilers see things that are not there; they warn in the other builds.
SANITIZERS = -fsanitize=address,undefined -fno-sanitize-recover=undefined
asan:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan HARDEN= \
		CFLAGS='-w -O1 -g -fno-omit-frame-pointer' \
		SANITIZE='$(SANITIZERS)' \
		WITHOUT='$(shell grep -lw strace $(TEST_SCRIPTS)) $(filter \
		tests/hsm/% tests/story/crash_% $(MOSTLY_OTHERS),\
		$(TEST_SCRIPTS))' check

lint: $(PROGRAM)
	@P11CA_TEST_LIMIT=1200 P11CA_JOBS=$$(nproc) $(RUN_TESTS) \
		$(LINT:%='scripts/lint %')

# What the analysers get, without the quotes that only a shell needs.
lint-flags:
	$(info $(subst ',,$(ALL_CFLAGS)))
	@:

layers:
	@scripts/layers

cover:
	@mkdir -p $(BUILD)/cover && find $(BUILD)/cover -name '*.gcda' -delete
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/cover HARDEN= \
		CFLAGS='-w -O0 -g' SANITIZE=--coverage check
	@scripts/cover $(BUILD)/cover

# The corpus of a target is tests/fuzz/corpus/TARGET/.
FUZZ_MAKE = $(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC=clang HARDEN= \
	CFLAGS='-w -O1 -g -fno-omit-frame-pointer' \
	SANITIZE='-fsanitize=fuzzer-no-link $(SANITIZERS)'

fuzz-build: $(FUZZ:%=$(BUILD)/fuzz-%)

fuzz fuzz-replay: seconds = $(if $(filter fuzz,$@),$(SECONDS),0)
fuzz fuzz-replay:
	+@$(FUZZ_MAKE) fuzz-build
	@P11CA_TEST_LIMIT=$$(($(seconds) + 300)) $(RUN_TESTS) \
		$(foreach name,$(call some,$(FUZZ)),\
		'scripts/fuzz $(BUILD)/fuzz $(name) $(seconds)')

bench: all $(BENCH) $(FAULT_MODULE)
	@P11CA_BUILD=$(abspath $(BUILD)) P11CA=$(abspath $(BUILD)/p11ca) \
		scripts/bench

generated: $(PROGRAM)
	@P11CA=$(abspath $(BUILD)/p11ca) scripts/gen-completion docs/completion
	@P11CA=$(abspath $(BUILD)/p11ca) scripts/gen-rules

# Installation.  PREFIX is compiled in: the bridge is looked for in
# PREFIX/lib/p11ca when it is not beside the program.
BIN = $(DESTDIR)$(PREFIX)/bin
LIB = $(DESTDIR)$(PREFIX)/lib
INCLUDE = $(DESTDIR)$(PREFIX)/include/p11ca
SYSTEMD = $(LIB)/systemd/system
UNITS := $(wildcard scripts/systemd/*.service scripts/systemd/*.timer)
SHARE = $(DESTDIR)$(PREFIX)/share
BASH_COMPLETION = $(SHARE)/bash-completion/completions/p11ca
ZSH_COMPLETION = $(SHARE)/zsh/site-functions/_p11ca
FISH_COMPLETION = $(SHARE)/fish/vendor_completions.d/p11ca.fish
MANUALS := $(wildcard docs/*.1 docs/*.5 docs/*.7)

install: all
	install -d $(BIN) $(LIB)/p11ca $(LIB)/pkgconfig $(INCLUDE) \
		$(SHARE)/p11ca $(SHARE)/doc/p11ca
	install -m 755 $(BUILD)/p11ca $(BIN)/p11ca
	install -m 644 $(BUILD)/libp11ca.a $(LIB)/libp11ca.a
	install -m 755 $(BUILD)/libp11ca.so $(LIB)/$(SONAME)
	ln -sf $(SONAME) $(LIB)/libp11ca.so
	install -m 755 $(BUILD)/p11ca-bridge.so $(LIB)/p11ca/p11ca-bridge.so
	install -m 755 $(BUILD)/p11ca-isolate $(LIB)/p11ca/p11ca-isolate
	install -m 644 $(BUILD)/p11ca.pc $(LIB)/pkgconfig/p11ca.pc
	install -m 644 include/p11ca/*.h $(INCLUDE)
	for page in $(MANUALS); do \
		install -D -m 644 $$page \
		    $(SHARE)/man/man$${page##*.}/$${page##*/} || exit 1; \
	done
	install -D -m 644 docs/completion/p11ca.bash $(BASH_COMPLETION)
	install -D -m 644 docs/completion/_p11ca $(ZSH_COMPLETION)
	install -D -m 644 docs/completion/p11ca.fish $(FISH_COMPLETION)
	install -d $(SYSTEMD)
	for unit in $(UNITS); do \
		sed 's|/usr/local/|$(PREFIX)/|' $$unit | \
		    install -m 644 /dev/stdin $(SYSTEMD)/$${unit##*/} || exit 1; \
	done
	rm -rf $(SHARE)/p11ca/hsm-config
	cp -R hsm-config $(SHARE)/p11ca/hsm-config
	install -m 644 LICENSE README.md $(SHARE)/doc/p11ca
	install -d $(SHARE)/doc/p11ca/docs
	install -m 644 docs/*.md docs/*.[157] $(SHARE)/doc/p11ca/docs
	ln -sfn ../../p11ca/hsm-config $(SHARE)/doc/p11ca/hsm-config
	ln -sfn ../doc/p11ca/docs $(SHARE)/p11ca/docs

uninstall:
	rm -f $(BIN)/p11ca $(LIB)/libp11ca.a $(LIB)/$(SONAME) \
		$(LIB)/libp11ca.so $(LIB)/pkgconfig/p11ca.pc
	for page in $(MANUALS); do \
		rm -f $(SHARE)/man/man$${page##*.}/$${page##*/}; \
	done
	rm -f $(BASH_COMPLETION) $(ZSH_COMPLETION) $(FISH_COMPLETION)
	for unit in $(UNITS); do rm -f $(SYSTEMD)/$${unit##*/}; done
	rm -rf $(LIB)/p11ca $(INCLUDE) $(SHARE)/p11ca $(SHARE)/doc/p11ca

clean:
	rm -rf $(BUILD)

-include $(LIB_OBJ:.o=.d) $(DOOR_OBJ:.o=.d) $(BRIDGE_OBJ:.o=.d) \
	$(ISOLATE_OBJ:.o=.d) $(TEST_OBJ:.o=.d) $(FAULT_OBJ:.o=.d) \
	$(FUZZ_OBJ:.o=.d) $(BENCH_OBJ:.o=.d)
