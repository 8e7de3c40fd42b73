/* fuzz: shared by the fuzz targets. Each defines LLVMFuzzerTestOneInput and aborts if a condition is violated. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define MUST(cond) ((cond) ? (void)0 : abort())

/* Write n octets in spans of `step` (0: at once). */
static inline int
feed(struct sink *s, const char *p, size_t n, size_t step, struct err *e)
{
	if (step == 0)
		return sink_write(s, p, n, e);
	for (size_t i = 0; i < n; i += step)
		if (sink_write(s, p + i, n - i < step ? n - i : step, e) < 0)
			return -1;
	return 0;
}

#endif
