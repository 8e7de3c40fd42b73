#include "store/sender.h"

#include "base/buf.h"
#include "base/err.h"
#include "mail/addrs.h"
#include "mail/mbox_frame.h"
#include "store/tmpcopy.h"

/* How much of a message is searched, in octets. */
#define SEARCHED (64 * 1024)

int
sender_find(const struct tmpcopy *message, struct buf *out, struct err *e)
{
	size_t n = message->len < SEARCHED ? (size_t)message->len : SEARCHED;
	struct buf head = {0}, found = {0};
	struct err unfit = {0};
	int rc = n == 0 ? 0 : tmpcopy_read(message, 0, buf_reserve(&head, n), n, e);

	if (rc == 0 && n != 0)
		mbox_sender(head.data, n, n == message->len, &found);
	if (found.len != 0 && addr_check(buf_str(&found), &unfit) == 0)
		buf_add(out, found.data, found.len);
	buf_free(&head);
	buf_free(&found);
	return rc;
}
