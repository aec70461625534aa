# SPDX-License-Identifier: GPL-2.0
# The board fuzzer, and the program that runs its inputs again. libFuzzer is clang's;
# what is not devices/ is built without the instrumentation that guides it.

FUZZ_CC	   ?= clang
FUZZ_FLAGS := -std=gnu11 -g -O2 -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
	      -Wno-missing-field-initializers -Wno-c2x-extensions -fno-omit-frame-pointer \
	      -fsanitize=address,undefined -fno-sanitize-recover=undefined -Ilab/user
FUZZ_SRC    = $(filter-out lab/fuzz/replay.c,$(wildcard lab/fuzz/*.c))
FUZZ_HDR    = $(USER_HDR) lab/fuzz/fuzz.h

$(BUILD)/fuzz/board: $(patsubst %.c,$(BUILD)/fuzz/%.o,$(wildcard devices/*.c) $(FUZZ_SRC))
	$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^

# Inputs are not what registers are compared with: watching comparisons is not worth it.
$(BUILD)/fuzz/devices/%.o: FUZZ_FLAGS += -fsanitize=fuzzer-no-link \
					 -fno-sanitize-coverage=trace-cmp
$(BUILD)/fuzz/%.o: %.c $(FUZZ_HDR)
	@mkdir -p $(dir $@)
	$(FUZZ_CC) $(FUZZ_FLAGS) -c -o $@ $<

FUZZ_REPLAY = $(patsubst %.c,$(BUILD)/user/%.o,$(wildcard lab/fuzz/*.c))

$(FUZZ_REPLAY): lab/fuzz/fuzz.h
$(BUILD)/fuzz/replay: $(patsubst %.c,$(BUILD)/user/%.o,$(wildcard devices/*.c)) $(FUZZ_REPLAY)
	@mkdir -p $(dir $@)
	$(USER_CC) $(USER_FLAGS) -o $@ $^
