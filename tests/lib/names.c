/*
 * names: for LD_PRELOAD in tests. Replaces the sources of host names (nsswitch.conf, /etc/hosts, DNS) of one process
 * and its children by the file $NAMES, with lines "ADDRESS NAME [CANONICAL]". Instead of an address, `silent` means a
 * source that never answers, and `again` one that cannot be reached. A name without a line does not exist. Only for
 * glibc.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <nss.h>

/* The memory that gethostbyname2_r(3) uses beside struct hostent. */
struct storage {
	char *aliases[1];
	char *addresses[2];
	unsigned char address[16];
	char name[256];
};

/* The first column of the line for the name, or NULL. *canonical: the third column of this line, or NULL. */
static const char *
find(const char *name, char *line, int size, const char **canonical)
{
	const char *path = getenv("NAMES");
	FILE *f = path == NULL ? NULL : fopen(path, "re");
	char *found = NULL;

	while (f != NULL && found == NULL && fgets(line, size, f) != NULL) {
		char *second = strchr(line, ' '), *third;

		line[strcspn(line, "\n")] = '\0';
		if (second == NULL)
			continue;
		*second++ = '\0';
		third = strchr(second, ' ');
		if (third != NULL)
			*third++ = '\0';
		*canonical = third;
		if (strcasecmp(second, name) == 0)
			found = line;
	}
	if (f != NULL)
		fclose(f);
	return found;
}

/* The entry point of an NSS module of glibc: _nss_NAME_gethostbyname2_r in libnss_NAME.so.2. */
enum nss_status _nss_mailnet_gethostbyname2_r(const char *name, int family, struct hostent *host,
	void *buffer, size_t size, int *error, int *host_error);

enum nss_status
_nss_mailnet_gethostbyname2_r(const char *name, int family, struct hostent *host, void *buffer,
	size_t size, int *error, int *host_error)
{
	struct storage *s = buffer;
	char line[1024];
	const char *canonical = NULL;
	const char *value = find(name, line, sizeof line, &canonical);

	*error = 0;
	*host_error = value == NULL ? HOST_NOT_FOUND : NO_DATA;
	if (value != NULL && strcmp(value, "silent") == 0)
		for (;;)
			pause();
	if (value != NULL && strcmp(value, "again") == 0) {
		*error = EAGAIN;
		*host_error = TRY_AGAIN;
		return NSS_STATUS_TRYAGAIN;
	}
	if (size < sizeof *s) {
		*error = ERANGE;
		*host_error = NETDB_INTERNAL;
		return NSS_STATUS_TRYAGAIN;
	}
	if (value == NULL || inet_pton(family, value, s->address) != 1)
		return NSS_STATUS_NOTFOUND;
	snprintf(s->name, sizeof s->name, "%s", canonical != NULL ? canonical : name);
	s->aliases[0] = s->addresses[1] = NULL;
	s->addresses[0] = (char *)s->address;
	*host = (struct hostent){.h_name = s->name,
		.h_aliases = s->aliases,
		.h_addrtype = family,
		.h_length = family == AF_INET ? 4 : 16,
		.h_addr_list = s->addresses};
	*host_error = NETDB_SUCCESS;
	return NSS_STATUS_SUCCESS;
}

/* The same with the canonical name, for getaddrinfo(3) with AI_CANONNAME. */
enum nss_status _nss_mailnet_gethostbyname3_r(const char *name, int family, struct hostent *host,
	void *buffer, size_t size, int *error, int *host_error, int32_t *ttl, char **canonical);

enum nss_status
_nss_mailnet_gethostbyname3_r(const char *name, int family, struct hostent *host, void *buffer,
	size_t size, int *error, int *host_error, int32_t *ttl, char **canonical)
{
	enum nss_status status =
		_nss_mailnet_gethostbyname2_r(name, family, host, buffer, size, error, host_error);

	(void)ttl;
	if (status == NSS_STATUS_SUCCESS && canonical != NULL)
		*canonical = ((struct storage *)buffer)->name;
	return status;
}

/* The module is found by its soname, since it is loaded already. */
static void __attribute__((constructor)) start(void)
{
	__nss_configure_lookup("hosts", "mailnet");
}
#endif
