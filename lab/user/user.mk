# SPDX-License-Identifier: GPL-2.0
# The models and their KUnit suites as an ordinary program. SUITES="pit pic" picks.

USER_CC	    ?= gcc
USER_FLAGS  := -std=gnu11 -g -O1 -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
	       -Wno-missing-field-initializers -fno-omit-frame-pointer \
	       -fsanitize=address,undefined -fno-sanitize-recover=undefined -Ilab/user
USER_SUITES  = $(if $(SUITES),$(SUITES:%=kunit/%_test.c),$(wildcard kunit/*_test.c))
USER_SRC     = $(wildcard devices/*/*.c) kunit/harness.c kunit/virtq_driver.c lab/user/kunit.c $(USER_SUITES)
USER_HDR     = $(wildcard devices/*.h devices/*/*.h uapi/*.h kunit/*.h lab/user/*.h lab/user/*/*.h)

.PHONY: FORCE
$(BUILD)/user/tests: $(USER_SRC:%.c=$(BUILD)/user/%.o) FORCE
	$(USER_CC) $(USER_FLAGS) -o $@ $(filter %.o,$^)

$(BUILD)/user/%.o: %.c $(USER_HDR)
	@mkdir -p $(dir $@)
	$(USER_CC) $(USER_FLAGS) -c -o $@ $<
