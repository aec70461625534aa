/* SPDX-License-Identifier: GPL-2.0 */
/* What clients of the control socket can ask for. */
#ifndef KEEL_CONTROL_REQUESTS_H
#define KEEL_CONTROL_REQUESTS_H

struct vm;

/**
 * enum answer_kind - of what is wrong.
 */
enum answer_kind { MISTAKE, STATE, FAILURE };

/**
 * struct answer - to a request.
 * @passed: the descriptor that came with the request, or -1
 * @kind:   of what is wrong
 * @body:   of "ok", to be freed; or NULL
 */
struct answer {
	int passed;
	enum answer_kind kind;
	char *body;
};

const char *request_do(struct vm *vm, char *line, struct answer *answer);

#endif /* KEEL_CONTROL_REQUESTS_H */
