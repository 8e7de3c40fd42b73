/*
 * smtp_send: messages in flight over one connection (RFC 5321, section 3.3; RFC 2920; RFC 3030;
 * RFC 2033 for LMTP).
 *
 *	while (more || !smtp_flight_empty(f)) {
 *		while (more && smtp_flight_room(f))
 *			smtp_flight_put(f, job);
 *		smtp_flight_step(f, &job, e);      a job that has reached its fate, or NULL
 *	}
 *
 * With CHUNKING the commands and the octets of small messages go out together, message after message,
 * once the connection has shown that it discards the octets of a refused BDAT. Where several messages or a large
 * one are to be sent, a probe precedes the first transaction in the same pipeline, and that transaction waits for
 * its RCPT replies (see smtp_say). A server that fails the probe gets DATA. So does one that is not probed: for
 * one small message DATA takes as many round trips, without PIPELINING a probe costs some, and LMTP is not probed.
 * BODY=BINARYMIME needs BDAT, and its chunk waits for the RCPT replies unless the probe went well; in LMTP it always
 * waits: some servers never reply to a BDAT LAST after all recipients were refused.
 * With PIPELINING alone there is one wait a message: for its 354; the next envelope goes out after
 * its final dot. Without either, one command at a time: the same loop with a window of one.
 *
 * Recipients that are too many for one transaction (452; RFC 5321, section 4.5.3.1.10) are sent the
 * message in another one, for as long as each takes some more: to the caller that is one job.
 *
 * Each job ends in exactly one fate. After an error of the connection smtp_flight_abandon gives the
 * jobs that are left theirs: those whose last octet had left are of unknown fate, the others must be
 * sent again later.
 */
#ifndef PROTO_SMTP_SEND_H
#define PROTO_SMTP_SEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sink.h"
#include "proto/smtp.h"

/* In octets: a larger message is worth a probe of BDAT, and waits for its RCPT replies before its BDAT. */
#define SMTP_SMALL (256 * 1024)

/* Commands in flight, in octets: some three hundred small messages. */
#define SMTP_WINDOW (32 * 1024)

enum smtp_fate {
	SMTP_PENDING,
	SMTP_DELIVERED, /* taken for every recipient */
	SMTP_PARTLY,    /* taken for some */
	SMTP_REFUSED,   /* for nobody, for good */
	SMTP_LATER, /* for nobody; a refusal was for now, a login is wanted, or the protocol broke */
	SMTP_UNKNOWN /* the last octet had left, and no reply that is sure to be its own: perhaps delivered */
};

struct smtp_rcpt {
	const char *addr;   /* what stands in <…>; borrowed */
	const char *params; /* "NOTIFY=NEVER ORCPT=…", or NULL; borrowed */
	/* The outcome: */
	int code;      /* of the last reply about it, 0: none came */
	char *text;    /* that reply, lines joined by LF; owned by the job */
	bool taken;    /* RCPT was accepted; after the end: the server has the message for it */
	bool accepted; /* RCPT was, whatever came behind the data */
	bool put_off;  /* one too many for the transaction, behind others that were accepted */
};

struct smtp_job {
	/* Set by the caller, borrowed until the job is given back. */
	const char *from;   /* what stands in <…>; "" is the null sender */
	const char *params; /* "SIZE=… BODY=8BITMIME", or NULL */
	struct smtp_rcpt *rcpt;
	size_t nrcpt;
	uint64_t octets;  /* in CRLF form, without dot-stuffing */
	bool all_or_none; /* nothing is sent if one recipient is refused */
	/*
	 * Write the whole message to the sink in CRLF form, with or without dot-stuffing, without the
	 * final dot. Called once a transaction. Its errors end the session: no message is sent in part.
	 */
	int (*feed)(struct smtp_job *job, struct sink *to, bool stuffed, struct err *e);
	void *data; /* the caller's */

	/* The outcome. */
	enum smtp_fate fate;
	const char *command; /* whose reply decided: MAIL RCPT DATA BDAT; static; NULL: none */
	int code;            /* of that reply, 0: none */
	struct buf text;     /* its lines, joined by LF */
	struct err *why; /* its own: class, code, words; NULL: there are none. See smtp_job_why */
	bool more;       /* not settled: `last` was set, and there are recipients put off */

	/* private */
	struct smtp_job
		*of; /* whose recipients that were put off these are; NULL: the caller's job */
	size_t put, answered; /* commands: 0 MAIL, 1…nrcpt RCPT, nrcpt + 1 data */
	size_t accepted;      /* RCPTs */
	size_t put_off;       /* too many for this transaction */
	size_t reported;      /* LMTP: replies behind the data read so far */
	bool waits; /* its data must wait for the replies to MAIL and RCPT: set with MAIL */
	bool mail_refused;
	bool astray;          /* RCPT was accepted nonetheless: under whose name? */
	bool given_up;        /* nobody wants it: no data is sent */
	bool broken;          /* its octets stopped midway: no reply will come */
	bool complete;        /* its last octet is queued */
	bool alone;           /* its BDAT was the only command pending: the next reply is its own */
	uint64_t complete_at; /* the count of queued octets then */
};

struct smtp_flight {
	struct smtp *p;
	int64_t data_wait; /* ms for the reply behind the data */
	size_t most;       /* jobs in flight at most, 0: as the window allows */
	bool last;         /* QUIT is queued: no further transaction can follow */
	bool many;         /* several transactions on this connection: probing BDAT is worth it */
	bool in_step; /* set at a 354 to DATA: all replies before it were what they seemed to be */
	/* private */
	struct smtp_job **job; /* job[first .. first + count) modulo size */
	size_t first, count, size;
	size_t putting;  /* how many of them have all their commands put */
	bool data_open;  /* DATA is put and not answered, or its octets are not sent yet */
	bool closed;     /* 421, or a transfer was broken off: nothing more is read either */
	struct err lost; /* why nothing more can be said; status 0: it can */
};

/* The session has done EHLO. Set `most` and `many` after this. */
void smtp_flight_init(struct smtp_flight *f, struct smtp *p, int64_t data_wait);
void smtp_flight_free(struct smtp_flight *f);

bool smtp_flight_empty(const struct smtp_flight *f);

/* May another job be put now? */
bool smtp_flight_room(struct smtp_flight *f);

/*
 * Take a job in, and queue what may be said of it; it is borrowed until step or abandon gives it back.
 * One with `more` goes on with the recipients that were put off.
 */
void smtp_flight_put(struct smtp_flight *f, struct smtp_job *job);

/*
 * Queue what there is room for and read one reply. *done is the job whose fate is decided by it, or
 * NULL. A refusal is no error. -1: the connection is lost or the protocol broken, or an input failed;
 * what the server had said before that has been read.
 */
int smtp_flight_step(struct smtp_flight *f, struct smtp_job **done, struct err *e);

/* Is everything queued that is to be said for the jobs put so far, so that QUIT may follow? */
bool smtp_flight_said(struct smtp_flight *f);

/* After step has failed with e: the next job left, with its fate; NULL when there is none. */
struct smtp_job *smtp_flight_abandon(struct smtp_flight *f, const struct err *e);

/*
 * A job that was given back, and then the replies proved to be out of sync (why): the reply that decided may
 * belong to another command. If the whole message had been sent, its outcome becomes unknown; else it stays.
 * A refusal of a BDAT that was the only command pending stays too, unless `why` is a positive reply: the server
 * then executed the refused octets as commands.
 */
void smtp_job_doubt(struct smtp_job *job, const struct err *why);

/* Why not all went well; status 0: all did, or there is no word for it. Borrowed until the job changes. */
const struct err *smtp_job_why(const struct smtp_job *job);

/* The same, to be filled in; the job's own. */
struct err *smtp_job_blame(struct smtp_job *job);

/* Free what the outcome holds (not what the caller set). */
void smtp_job_clear(struct smtp_job *job);

#endif
