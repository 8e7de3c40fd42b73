/*
 * work: count the steps of loops over untrusted data, and check the deadline and signals meanwhile.
 *
 * A step is one octet, line, entry or table slot. Loops that can fail call work_check; the helpers
 * below them (tables, sorted lists) call work_count, so that the next work_check includes their steps.
 * Tests read work_done to prove that the work grows in proportion to the input.
 */
#ifndef BASE_WORK_H
#define BASE_WORK_H

#include <stdint.h>

struct err;

extern uint64_t work_done; /* steps since the start */
extern uint64_t work_next; /* private: the step count of the next check */

static inline void
work_count(uint64_t steps)
{
	work_done += steps;
}

/* Check the run's deadline and signals now. Returns 0, or -1 with e as set by wait_check. */
int work_look(struct err *e);

/* Count steps, and check at least every 65,536 steps. Cheap enough to call for every line. */
static inline int
work_check(uint64_t steps, struct err *e)
{
	work_done += steps;
	return work_done < work_next ? 0 : work_look(e);
}

#endif
