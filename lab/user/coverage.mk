# SPDX-License-Identifier: GPL-2.0
# What the suites reach in devices/: the same program without sanitizers, with gcov.

COVERAGE_LINES	  := 97
COVERAGE_BRANCHES := 92
COVERAGE_FLAGS	  := $(filter-out -fsanitize% -O%,$(USER_FLAGS)) -O0 --coverage

$(BUILD)/coverage/tests: $(USER_SRC:%.c=$(BUILD)/coverage/%.o) FORCE
	$(USER_CC) $(COVERAGE_FLAGS) -o $@ $(filter %.o,$^)

$(BUILD)/coverage/%.o: %.c $(USER_HDR)
	@mkdir -p $(dir $@)
	$(USER_CC) $(COVERAGE_FLAGS) -c -o $@ $<
