# SPDX-License-Identifier: GPL-2.0
##@ Documentation

DOCS_SRC    := $(wildcard devices/*/*.c)
DOCS_KERNEL  = $(shell eval "$$(lab/kernel 6.1)" && echo "$$KDIR")

# Nothing is kept between two runs: a warning would not be seen again.
.PHONY: docs
docs: setup launcher $(BUILD)/docs-models ## the manual, in build/docs
	@KERNEL_DOC=$(DOCS_KERNEL)/scripts/kernel-doc KEEL=$(BUILD)/userspace/keel \
		MODELS=$(BUILD)/docs-models PYTHONDONTWRITEBYTECODE=1 \
		/usr/bin/sphinx-build -q -E -W --keep-going -b html -c lab/docs -d $(BUILD)/docs-trees \
		Documentation $(BUILD)/docs
	@echo "keel: $(BUILD)/docs/index.html"

$(BUILD)/docs-models: lab/docs/models.c $(DOCS_SRC) $(wildcard devices/*.h devices/*/*.h uapi/*.h)
	@mkdir -p $(BUILD)
	@$(USER_CC) -std=gnu11 -O0 -Wall -Ilab/user -o $@ $< $(DOCS_SRC)
