#include "cmd/own.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "wire/own_name.h"

const char *
own_host(void)
{
	static char name[OWN_NAME_MAX + 1];

	if (name[0] == '\0')
		own_name(true, name);
	return name;
}

const char *
own_user(void)
{
	const struct passwd *pw = getpwuid(getuid());
	const char *user = pw != NULL ? pw->pw_name : getenv("LOGNAME");

	return user != NULL && *user != '\0' ? user : "nobody";
}
