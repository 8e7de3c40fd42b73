/* An address that was read can be read and sent again, and is the same. */
#include "mail/addr.h"

#include <string.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct addrs a = {0};
	struct err e;

	if (addr_parse((const char *)data, n, &a, &e) < 0)
		MUST(a.n == 0 && e.status == EX_DATAERR);
	for (size_t i = 0; i < a.n; i++) {
		struct addrs again = {0};

		MUST(addr_check(a.list[i], &e) == 0);
		MUST(addr_parse(a.list[i], strlen(a.list[i]), &again, &e) == 0);
		MUST(again.n == 1 && strcmp(again.list[0], a.list[i]) == 0);
		addrs_free(&again);
	}
	addrs_unique(&a);
	addrs_free(&a);
	return 0;
}
