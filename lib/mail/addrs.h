/*
 * addrs: lists of addresses in their bare form, as between < and > in SMTP; the parts of an address, and a check that
 * an address can be sent.
 */
#ifndef MAIL_ADDRS_H
#define MAIL_ADDRS_H

#include <stdbool.h>
#include <stddef.h>

struct err;

/* The longest address that mailnet sends, in octets. RFC 5321, section 4.5.3.1.3, allows 254. */
#define ADDR_MAX 1000

/* A list of addresses; `struct addrs a = {0};` is empty. */
struct addrs {
	char **list;               /* NUL-terminated, valid until addrs_free */
	size_t n, cap;             /* addresses; allocated entries */
	struct addrs_block *block; /* private: memory of the texts */
};

/*
 * Check an address from the command line, which is sent as given; its domain is optional. EX_DATAERR if it is empty,
 * too long, or not UTF-8, if its domain is ambiguous (domain_unsafe), or if it contains a control character or, outside
 * a quoted local part, a blank or one of <>,;.
 */
int addr_check(const char *s, struct err *e);

/*
 * Append an address from the command line, with or without angle brackets, without them. null_ok: "<>" is the null
 * sender, "". Errors as addr_check.
 */
int addrs_add_word(struct addrs *a, const char *word, bool null_ok, struct err *e);

/* Append a copy of the n octets at p. */
void addrs_add(struct addrs *a, const char *p, size_t n);

/* Remove duplicates, keeping the first of equal addresses and the order. Domains are compared in any case. */
void addrs_unique(struct addrs *a);

/* Free all; the list is empty then. */
void addrs_free(struct addrs *a);

/* The domain of an address: the text after the last @ outside quotes, within s; NULL: it has none. */
const char *addr_domain(const char *s);

/* Length of the local part in octets: up to that @, or the whole address. */
size_t addr_local_len(const char *s);

/* Does the local part, or the domain, contain an octet above 127 (RFC 6531, section 3.3)? */
bool addr_local_is_8bit(const char *s);
bool addr_domain_is_8bit(const char *s);

#endif
