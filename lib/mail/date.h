/*
 * date: the forms of date and time that mail and news know. Names of days and months are English
 * whatever the locale says.
 */
#ifndef MAIL_DATE_H
#define MAIL_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/buf.h"

struct err;

/* Append "Fri, 20 Nov 2026 12:34:56 +0100", in local time (RFC 5322, section 3.3). */
void date_rfc5322(time_t t, struct buf *out);

/* Append "Fri Nov 20 12:34:56 2026", in UTC, as in the From_ line of an mbox (RFC 4155). */
void date_asctime(time_t t, struct buf *out);

/*
 * Append what NEWGROUPS and NEWNEWS take: "20261120 123456 GMT", or with two_digit "261120 123456
 * GMT" for servers older than RFC 3977 (section 7.3.2; RFC 977, section 3.7).
 */
void date_nntp(time_t t, bool two_digit, struct buf *out);

/*
 * The answer to DATE, "yyyymmddhhmmss" (RFC 3977, section 7.1), as "2026-11-20T12:34:56Z" appended
 * to out; blanks around it are fine. False (nothing appended): it is none, or no possible date.
 */
bool date_iso(const char *p, size_t n, struct buf *out);

/*
 * An age: "3d", "12h", "30m", "45s", "2w", or several units in a row ("1d12h"), in seconds.
 * EX_DATAERR: it is none, or more than a thousand years.
 */
int date_age(const char *s, uint64_t *seconds, struct err *e);

/*
 * SINCE: "YYYY-MM-DD" or "YYYY-MM-DDTHH:MM:SS" (UTC; a Z behind it is fine), years from 1970, or an
 * age before now (at the earliest 1970). EX_DATAERR: neither, or no possible date.
 */
int date_since(const char *s, time_t now, time_t *out, struct err *e);

#endif
