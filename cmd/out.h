/*
 * out: write octets to stdout or to -o FILE. print and json format the records.
 *
 * Output is collected in a buffer of 64 KiB and written when that is full, at out_flush (after each
 * verb of a batch) and at out_close. If the reader of a pipe has gone, the error is EX_SIGNAL + SIGPIPE; any other
 * failed write is EX_IOERR. On a terminal, octets from servers are escaped with vis(3).
 */
#ifndef CMD_OUT_H
#define CMD_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/sink.h"
#include "store/outfile.h"

/* The buffer is written when it has this size, in octets. */
#define OUT_FULL (64 * 1024)
/* A piece of this size, in octets, is written without copying, which costs more than a system call. */
#define OUT_DIRECT (16 * 1024)

struct options;

struct out {
	struct sink
		sink; /* must be first: raw octets, no terminal escaping of LF and TAB; JSON has its own */
	bool json;
	bool tty;  /* the output is a terminal: escape */
	bool crlf; /* --crlf: lines end in CR LF */
	struct buf buf;
	int fd;
	const char *name; /* "stdout" or the file, for errors */
	bool to_file;     /* -o: fd is the file's */
	struct outfile file;
	int broken;      /* status of a failed write, after which all output is discarded */
	bool need_comma; /* a comma precedes the next JSON value */
	unsigned depth;  /* open brackets */
	size_t record;   /* where in buf the unfinished JSON record begins */
};

/* Open by options (-o, --json). */
int out_open(struct out *o, const struct options *opt, struct err *e);

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

/* The end of a line: LF, or with --crlf CR LF. */
int out_eol(struct out *o, struct err *e);

/* Write without escaping, for text of mailnet itself; a piece of OUT_DIRECT octets is not buffered. */
int out_raw(struct out *o, const char *p, size_t n, struct err *e);

/* Remove the unfinished JSON record, if there is one. */
void out_drop(struct out *o);

#endif
