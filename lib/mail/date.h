/*
 * date: formats of date and time in mail and news. Names of days and months are always English, independent of the
 * locale.
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
 * Append the argument of NEWGROUPS and NEWNEWS: "20261120 123456 GMT" (RFC 3977, section 7.3.2), or with two_digit
 * "261120 123456 GMT" for older servers (RFC 977, section 3.7).
 */
void date_nntp(time_t t, bool two_digit, struct buf *out);

/* Append "2026-11-20T12:34:56Z" (ISO 8601, in UTC); nothing for a time that has no date. */
void date_utc(time_t t, struct buf *out);

/*
 * Convert the reply text of DATE, "yyyymmddhhmmss" (RFC 3977, section 7.1), blanks around it allowed, and append it as
 * "2026-11-20T12:34:56Z". False: not a valid date; nothing is appended.
 */
bool date_iso(const char *p, size_t n, struct buf *out);

/*
 * Parse an age, such as "3d", "12h", "30m", "45s", "2w" or "1d12h", into seconds. EX_DATAERR: not an age, or longer
 * than 1000 years.
 */
int date_age(const char *s, uint64_t *seconds, struct err *e);

/* Append an age in whole units of one kind: "3d", "5h", "12m" or "7s"; a negative one is "0s". */
void date_add_age(int64_t seconds, struct buf *out);

/*
 * Parse a SINCE argument: "YYYY-MM-DD" or "YYYY-MM-DDTHH:MM:SS", in UTC, a Z at its end allowed, from 1970 on; or an
 * age, counted back from now (not before 1970). EX_DATAERR: neither, or not a valid date.
 */
int date_since(const char *s, time_t now, time_t *out, struct err *e);

#endif
