/*
 * out: the output of a run, as text or as JSON lines: a descriptor, or a file that is replaced at the end (-o).
 *
 * Output is collected in a buffer of 64 KiB and written when that is full, at out_flush (after each
 * verb of a batch) and at out_close. If the reader of a pipe has gone, the error is EX_SIGNAL + SIGPIPE; any other
 * failed write is EX_IOERR. On a terminal, octets from servers are escaped with vis(3).
 */
#ifndef STORE_OUT_H
#define STORE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/record.h"
#include "base/sink.h"
#include "store/outfile.h"

/* The buffer is written when it has this size, in octets. */
#define OUT_FULL (64 * 1024)
/* A piece of this size, in octets, is written without copying, which costs more than a system call. */
#define OUT_DIRECT (16 * 1024)

struct out_options {
	const char *file; /* the file of -o, borrowed; NULL: write to fd */
	int fd;
	const char *name;              /* of fd, in errors; borrowed */
	bool json;                     /* records are JSON lines */
	bool crlf;                     /* lines of text end in CR LF */
	void (*before_terminal)(void); /* called before a write to a terminal; may be NULL */
};

/* Must not move between out_open and out_close. */
struct out {
	struct sink
		sink; /* must be first: raw octets, no terminal escaping of LF and TAB; JSON has its own */
	struct json *json; /* the writer of records, which appends to buf; NULL: text */
	bool tty;          /* the output is a terminal: escape */
	bool crlf;
	struct buf buf;
	int fd;
	const char *name; /* of fd, or the file, for errors */
	bool to_file;     /* fd is the file's */
	int broken;       /* status of a failed write, after which all output is discarded */

	/* private */
	struct json writer;
	struct outfile file;
	void (*before_terminal)(void);
};

/* Errors of outfile_open. */
int out_open(struct out *o, const struct out_options *opt, struct err *e);

/* Write the buffer. After 0, the kernel has all output. Not inside a JSON record. */
int out_flush(struct out *o, struct err *e);

/* Check the reader of a pipe without writing: -1 with EX_SIGNAL + SIGPIPE if it has gone. */
int out_heard(const struct out *o, struct err *e);

/* Does the output appear only at out_close (-o with a regular file)? */
static inline bool
out_waits(const struct out *o)
{
	return o->to_file && o->file.temp != NULL;
}

/*
 * Flush and, with -o, rename the new file into place. commit false: the old file stays. Call it once after
 * out_open succeeded; it frees o. EX_IOERR also for errors that a file system reports late (quota, NFS).
 */
int out_close(struct out *o, bool commit, struct err *e);

/* Text: n octets of a server, escaped on a terminal (LF and TAB are not); a line adds LF. */
int out_text(struct out *o, const char *p, size_t n, struct err *e);
int out_line(struct out *o, const char *p, size_t n, struct err *e);

/* The end of a line: LF, or CR LF. */
int out_eol(struct out *o, struct err *e);

/* Write without escaping, for text of mailnet itself; a piece of OUT_DIRECT octets is not buffered. */
int out_raw(struct out *o, const char *p, size_t n, struct err *e);

/* Print one record. Text: the values joined by sep, ended by out_eol. JSON: one object on a line. */
int out_record(struct out *o, char sep, const struct field *f, size_t nf, struct err *e);

/* End a JSON record, whose brackets are all closed; flush a full buffer. */
int out_end_record(struct out *o, struct err *e);

/* Remove the unfinished JSON record, if there is one. */
void out_drop(struct out *o);

#endif
