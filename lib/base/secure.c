#include "base/secure.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif

#include "base/compat.h"
#include "base/err.h"

static bool
has_more_rights(void)
{
#ifdef __linux__
	return getauxval(AT_SECURE) != 0;
#else
	return issetugid() != 0;
#endif
}

/* Replace the environment of the caller. If the file is missing, an empty name selects no configuration. */
static int
replace_environment(const char *config, struct err *e)
{
	if (clearenv() == 0 && setenv("PATH", "/usr/bin:/bin", 1) == 0 &&
		setenv("MAILNET_CONFIG", access(config, F_OK) == 0 ? config : "", 1) == 0)
		return 0;
	return err_sys(e, EX_OSERR, "cannot replace the environment");
}

int
secure_start(const char *config, struct err *e)
{
	if (!has_more_rights())
		return 0;
	if (config != NULL && getuid() == geteuid() && getgid() != getegid())
		return replace_environment(config, e);
	return err_set(e, EX_OSERR,
		"refusing to run with rights that the caller does not have: remove the "
		"set-user-ID and set-group-ID bits and the capabilities of the program file (only "
		"sendmail may be set-group-ID)");
}

int
secure_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) == -1 &&
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return -1;
	return 0;
}
