/*
 * sizes: of ranges of articles, keep those that exist and are not too large, by the :bytes of their overview. All OVER
 * commands are one pipeline.
 */
#ifndef JOB_SIZES_H
#define JOB_SIZES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "client/client.h"
#include "proto/nntp_spec.h"

/* The owner sets the first three. */
struct sizes {
	uint64_t max; /* octets of the largest article that is kept */
	/* This article of group (NULL: the one that is selected) is larger, so it is not kept. Returns 0, or -1 with e. */
	int (*large)(struct sizes *s, const char *group, uint64_t number, const char *msgid,
		uint64_t octets, struct err *e);
	void *context;

	bool unknown; /* result: the size of an article that is kept may not be known */
	/* Private. */
	const char *group;
	bool found;   /* an overview line was read */
	bool refused; /* the group of the next ranges cannot be selected */
};

/*
 * Reduce the ranges in specs, in a pipeline (client/nntp_steps.h). Ranges after a spec with a group are those of this
 * group. Other specs stay, and so does a range whose overview the server refuses or sends with malformed lines. -1:
 * n->need is the step that would help, and specs is unchanged.
 */
int sizes_keep(struct sizes *s, struct client *c, struct nntp_specs *specs, struct err *e);

#endif
