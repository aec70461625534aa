# SPDX-License-Identifier: GPL-2.0
# The fuzzers, and for each the program that replays its inputs. libFuzzer is clang's; only
# devices/ is built with the instrumentation that guides it.

FUZZ_CC	   ?= clang
FUZZ_FLAGS := -std=gnu11 -g -O2 -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
	      -Wno-missing-field-initializers -Wno-c2x-extensions -fno-omit-frame-pointer \
	      -fsanitize=address,undefined -fno-sanitize-recover=undefined -Ilab/user
FUZZ_HDR    = $(USER_HDR) $(wildcard lab/tests/fuzz/*.h lab/tests/fuzz/*/*.h)

# Each with lab/tests/fuzz/common.c: whole boards, virtqueues, and the requests in chains.
FUZZERS	   := board rings requests
FUZZ_BOARD  = $(filter-out lab/tests/fuzz/common.c lab/tests/fuzz/replay.c,$(wildcard lab/tests/fuzz/*.c))
FUZZ_RINGS  = $(wildcard lab/tests/fuzz/rings/*.c)
FUZZ_REQUESTS = $(wildcard lab/tests/fuzz/requests/*.c)
FUZZ_COMMON = $(wildcard devices/*/*.c) lab/tests/fuzz/common.c

$(BUILD)/fuzz/board: $(patsubst %.c,$(BUILD)/fuzz/%.o,$(FUZZ_COMMON) $(FUZZ_BOARD))
$(BUILD)/fuzz/rings: $(patsubst %.c,$(BUILD)/fuzz/%.o,$(FUZZ_COMMON) $(FUZZ_RINGS))
$(BUILD)/fuzz/requests: $(patsubst %.c,$(BUILD)/fuzz/%.o,$(FUZZ_COMMON) $(FUZZ_REQUESTS))
$(FUZZERS:%=$(BUILD)/fuzz/%):
	$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^

# Registers are seldom compared with input bytes: tracing comparisons is not worth it.
$(BUILD)/fuzz/devices/%.o: FUZZ_FLAGS += -fsanitize=fuzzer-no-link \
					 -fno-sanitize-coverage=trace-cmp
$(BUILD)/fuzz/%.o: %.c $(FUZZ_HDR)
	@mkdir -p $(dir $@)
	$(FUZZ_CC) $(FUZZ_FLAGS) -c -o $@ $<

FUZZ_REPLAY = $(FUZZ_COMMON) lab/tests/fuzz/replay.c

$(patsubst %.c,$(BUILD)/user/%.o,$(wildcard lab/tests/fuzz/*.c lab/tests/fuzz/*/*.c)): $(FUZZ_HDR)
$(BUILD)/fuzz/replay-board: $(patsubst %.c,$(BUILD)/user/%.o,$(FUZZ_REPLAY) $(FUZZ_BOARD))
$(BUILD)/fuzz/replay-rings: $(patsubst %.c,$(BUILD)/user/%.o,$(FUZZ_REPLAY) $(FUZZ_RINGS))
$(BUILD)/fuzz/replay-requests: $(patsubst %.c,$(BUILD)/user/%.o,$(FUZZ_REPLAY) $(FUZZ_REQUESTS))
$(FUZZERS:%=$(BUILD)/fuzz/replay-%):
	@mkdir -p $(dir $@)
	$(USER_CC) $(USER_FLAGS) -o $@ $^
