/* The URL parser on any text: an accepted URL must be valid for a command and a socket. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/url.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_part(const char *s)
{
	if (s != NULL && (s[0] == '\0' || text_has_eol(s, strlen(s))))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_dup(data, size);

	for (int applet = URL_NNTP; applet <= URL_LMTP; applet++) {
		struct err e = {0};
		struct url u;

		if (url_parse(text, (enum url_proto)applet, &u, &e) == -1) {
			if (e.status != EX_USAGE && e.status != EX_DATAERR)
				abort();
			continue;
		}
		check_part(u.user);
		check_part(u.authmech);
		check_part(u.host);
		check_part(u.path);
		if (u.host == NULL || (u.port == 0) != (u.path != NULL))
			abort();
		(void)url_is_loopback(u.host);
		url_free(&u);
	}
	free(text);
	return 0;
}
