/* Spool files with any content give an envelope that lies inside the file, or EX_DATAERR. */
#include <string.h>

#include "base/buf.h"
#include "files.h"
#include "store/spool.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf envelope = {0};
	struct err e = {0};
	struct spool *s;
	int fd;

	files_begin();
	s = spool_open("spool", &e);
	MUST(s != NULL);
	files_write("spool/new/m", data, n);
	fd = spool_read(s, SPOOL_NEW, "m", &envelope, &e);
	if (fd == -1) {
		MUST(e.status == EX_DATAERR || e.status == EX_IOERR);
	} else {
		off_t at = lseek(fd, 0, SEEK_CUR);

		MUST(at <= (off_t)n && envelope.len < (size_t)at);
		MUST(memcmp(buf_str(&envelope), data + (size_t)at - envelope.len, envelope.len) ==
			0);
		close(fd);
	}
	buf_free(&envelope);
	spool_close(s);
	return 0;
}
