/*
 * floor_mail: the floor's conversation with an SMTP server, made as it goes out: what every program has to do with
 * messages as they lie on the disk. Each is read before the connection, because MAIL and BDAT tell its size,
 * and again to be sent, with CR LF. No header is looked at, no octet above 127, no recipient, no reply, and whether
 * a file is still the same.
 */
#ifndef FLOOR_MAIL_H
#define FLOOR_MAIL_H

#include <sys/types.h>

/*
 * The first reading. The names (NULL at the end) are borrowed permanently; each file is sent to `recipients`
 * recipients.
 */
void mail_measure(char **names, long recipients);

/* As read(2): more of what is to be sent, 0 at the end. There is room for a line. */
ssize_t mail_more(char *p, size_t size);

#endif
