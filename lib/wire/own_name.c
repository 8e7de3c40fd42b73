#include "wire/own_name.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/wait.h"
#include "wire/resolve.h"

/* Seconds for the resolver: glibc asks its second name server after five. */
#define ASK_SECONDS 6

/* Could it be the full name of a host: letters, digits, hyphens, and a dot within? */
static bool
is_full(const char *name)
{
	size_t n = strlen(name);
	const char *dot = strchr(name, '.');

	for (const char *p = name; *p != '\0'; p++)
		if (!text_is_digit(*p) && (text_lower(*p) < 'a' || text_lower(*p) > 'z') &&
			*p != '-' && *p != '.')
			return false;
	return dot != NULL && dot != name && name[n - 1] != '.' && strstr(name, "..") == NULL &&
	       strspn(name, "0123456789.") != n && strncasecmp(name, "localhost.", 10) != 0;
}

/* Does this line of /etc/hosts have the name? Then copy the first name of the line (hosts(5)). */
static bool
names_host(char *line, const char *name, char out[OWN_NAME_MAX + 1])
{
	const char *p = line, *word, *first = NULL;
	size_t n, first_n = 0;

	line[strcspn(line, "#\r\n")] = '\0';
	if (text_word(&p, line + strlen(line), &n) == NULL)
		return false;
	while ((word = text_word(&p, line + strlen(line), &n)) != NULL) {
		if (first == NULL) {
			first = word;
			first_n = n;
		}
		if (text_same_n(word, n, name)) {
			snprintf(out, OWN_NAME_MAX + 1, "%.*s", (int)first_n, first);
			return true;
		}
	}
	return false;
}

/* The first name in the host's line of /etc/hosts; without a line, false. */
static bool
find_in_hosts(const char *name, char out[OWN_NAME_MAX + 1])
{
	FILE *f = fopen("/etc/hosts", "re");
	char *line = NULL;
	size_t room = 0;
	bool found = false;

	while (f != NULL && !found && getline(&line, &room, f) != -1)
		found = names_host(line, name, out);
	free(line);
	if (f != NULL)
		fclose(f);
	return found;
}

bool
own_name(bool ask, char name[OWN_NAME_MAX + 1])
{
	char full[OWN_NAME_MAX + 1] = "";
	struct err ignored;

	if (gethostname(name, OWN_NAME_MAX) == -1 || name[0] == '\0')
		strcpy(name, "localhost");
	name[OWN_NAME_MAX] = '\0';
	if (strchr(name, '.') != NULL || text_same(name, "localhost"))
		return is_full(name);
	if (!find_in_hosts(name, full) && ask)
		resolve_canonical(name, wait_after(ASK_SECONDS), full, sizeof full, &ignored);
	if (!is_full(full))
		return false;
	strcpy(name, full);
	return true;
}

const char *
own_host(void)
{
	static char name[OWN_NAME_MAX + 1];

	if (name[0] == '\0')
		own_name(true, name);
	return name;
}

const char *
own_user(const char *logname, const char *otherwise)
{
	const struct passwd *pw = getpwuid(getuid());

	if (pw != NULL)
		logname = pw->pw_name;
	return logname != NULL && *logname != '\0' ? logname : otherwise;
}
