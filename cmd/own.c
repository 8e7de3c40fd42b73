#include "cmd/own.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

char *
own_host(void)
{
	char name[256] = "";

	if (gethostname(name, sizeof name - 1) == -1 || name[0] == '\0')
		return mem_strdup("localhost");
	return mem_strdup(name);
}

char *
own_address(const char *host)
{
	const struct passwd *pw = getpwuid(getuid());
	const char *user = pw != NULL ? pw->pw_name : getenv("LOGNAME");
	struct buf b = {0};

	buf_addf(&b, "%s@%s", user != NULL && *user != '\0' ? user : "nobody", host);
	return buf_steal(&b);
}
