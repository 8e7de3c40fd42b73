/*
 * addrs: addresses in their bare form, as they stand between < and > in SMTP: lists of them, what
 * they consist of, and whether one may be sent as it is.
 */
#ifndef MAIL_ADDRS_H
#define MAIL_ADDRS_H

#include <stdbool.h>
#include <stddef.h>

struct err;

/* Longer than any address may be (RFC 5321, section 4.5.3.1.3, says 254); bounds what we send. */
#define ADDR_MAX 1000

/* A list of addresses: `struct addrs a = {0};` is empty. Each is a string of its own. */
struct addrs {
	char **list; /* for as long as the list lives */
	size_t n, cap;
	struct addrs_block *block; /* private: where they are */
};

/*
 * Check an address from a command line, which is sent as it is: EX_DATAERR when empty, too long,
 * not UTF-8, when its domain is ambiguous (domain_unsafe), or when it holds a control character, or (outside a quoted local part) white space or
 * one of <>,;. A domain is optional.
 */
int addr_check(const char *s, struct err *e);

/* Append a copy of the n octets at p. */
void addrs_add(struct addrs *a, const char *p, size_t n);

/* Remove all but the first of equal addresses (domains in any case); the order stays. */
void addrs_unique(struct addrs *a);

/* Free all; the list is empty then. */
void addrs_free(struct addrs *a);

/* The domain of an address, behind the last @ outside quotes; NULL: it has none. Borrowed from s. */
const char *addr_domain(const char *s);

/* Length of the local part: up to that @, or all. */
size_t addr_local_len(const char *s);

/* Is there an octet above 127 in the local part, in the domain (RFC 6531, section 3.3)? */
bool addr_local_is_8bit(const char *s);
bool addr_domain_is_8bit(const char *s);

#endif
