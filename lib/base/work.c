#include "base/work.h"

#include "base/wait.h"

#define SLICE (64 * 1024)

uint64_t work_done, work_next = SLICE;

int
work_look(struct err *e)
{
	work_next = work_done + SLICE;
	return wait_check(e);
}
