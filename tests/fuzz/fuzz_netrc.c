/* The netrc parser on any octets: found strings must occur in the text; after an error the result is empty. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "auth/netrc.h"
#include "base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct netrc_query queries[] = {
		{"h", 0, NULL}, {"h", 110, "me"}, {"::1", 1, NULL}};

	for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
		struct netrc_entry n;
		struct err e = {0};
		bool found;
		int rc =
			netrc_parse((const char *)data, size, "netrc", &queries[i], &n, &found, &e);

		if (rc == -1 && (e.status == 0 || found))
			abort();
		if (!found && (n.login != NULL || n.password != NULL || n.account != NULL))
			abort();
		netrc_wipe(&n);
	}
	return 0;
}
