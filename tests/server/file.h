/* file.h - a whole file in memory, read only, and where its header ends. */
#ifndef TS_FILE_H
#define TS_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct file {
	const char *p; /* its octets until file_close */
	size_t n;
	bool mapped;
};

/*
 * Small files are read into one static buffer (so only one file can be open at a time), large
 * ones are mapped. 0, or -1 with errno.
 */
int file_open(struct file *f, const char *path);
void file_close(struct file *f);

/* Octets of the header, without the empty line; all of the file if there is none. */
size_t file_header(const struct file *f);

/* Offset of the body: after the empty line, or the end of the file if it has none. */
size_t file_body(const struct file *f);

/* The octets of p[0..n) once every line ends in CRLF; *lines is the number of lines. */
size_t wire_size(const char *p, size_t n, size_t *lines);

#endif
