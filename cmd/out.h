/*
 * out: the octets that go to stdout (or -o FILE). What they are made of is the business of print and
 * json above it.
 *
 * Output is collected in a buffer of 64 KiB and written when that is full, at out_flush (after each
 * verb of a batch) and at out_close. A reader that has gone is EX_SIGNAL + SIGPIPE, any other
 * failed write EX_IOERR. To a terminal, octets of servers are escaped with vis(3).
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

/* The buffer is written when it has come to this. */
#define OUT_FULL (64 * 1024)
/* As many in one piece are written from where they are: to copy them costs more than a call of the system. */
#define OUT_DIRECT (16 * 1024)

struct options;

struct out {
	struct sink
		sink; /* first: raw octets, no terminal escaping of LF and TAB; JSON has its own */
	bool json;
	bool tty;  /* the output is a terminal: escape */
	bool crlf; /* --crlf: lines end in CR LF */
	struct buf buf;
	int fd;
	const char *name; /* "stdout" or the file, for errors */
	bool to_file;     /* -o: fd is the file's */
	struct outfile file;
	int broken;      /* status of a write that failed: nothing more is written then */
	bool need_comma; /* the JSON writer's, see json.h */
	unsigned depth;  /* open brackets */
	size_t record;   /* where in buf the record under way begins */
};

/* Open by options (-o, --json). */
int out_open(struct out *o, const struct options *opt, struct err *e);

/* Write what is buffered. After it returned 0, the kernel has it all. Not inside a JSON record. */
int out_flush(struct out *o, struct err *e);

/* Has the reader of a pipe gone, though nothing was written yet? -1 then, as a write would fail. */
int out_heard(const struct out *o, struct err *e);

/* Is there nothing to see before out_close (-o, and no device)? */
static inline bool
out_waits(const struct out *o)
{
	return o->to_file && o->file.temp != NULL;
}

/*
 * Flush and, with -o, make the file appear. commit false: the old file stays. To be called once after
 * out_open succeeded; what it holds is freed. An error of the file system that shows late (quota,
 * NFS) is EX_IOERR here.
 */
int out_close(struct out *o, bool commit, struct err *e);

/* Text: n octets of a server, escaped on a terminal (LF and TAB are not); a line adds LF. */
int out_text(struct out *o, const char *p, size_t n, struct err *e);
int out_line(struct out *o, const char *p, size_t n, struct err *e);

/* The end of a line: LF, or with --crlf CR LF. */
int out_eol(struct out *o, struct err *e);

/* The same without escaping, for what is mailnet's own; what is large goes past the buffer. */
int out_raw(struct out *o, const char *p, size_t n, struct err *e);

/* Forget the JSON record under way, if there is one. */
void out_drop(struct out *o);

#endif
