#include "job/counted.h"

#include "proto/nntp_read.h"

static int
counted_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct counted *k = (struct counted *)s;

	k->large = k->large || n > k->max - k->copy.len;
	return k->large ? 0 : sink_write(&k->copy.sink, p, n, e);
}

void
counted_init(struct counted *k, uint64_t max, const char *dir)
{
	*k = (struct counted){.sink = {counted_write}, .max = max};
	tmpcopy_init(&k->copy, dir, "a copy of an article");
}

int
counted_read(struct counted *k, struct nntp *n, unsigned flags, struct err *e)
{
	tmpcopy_clear(&k->copy);
	k->large = false;
	if (nntp_read_block(n, &k->sink, flags, &k->octets, e) == -1)
		return -1;
	/* With LF line ends the copy has fewer octets. */
	return k->octets > k->max ? COUNTED_LARGE : COUNTED_KEPT;
}

int
counted_send(struct counted *k, struct sink *to, struct err *e)
{
	return tmpcopy_send(&k->copy, to, e);
}

void
counted_free(struct counted *k)
{
	tmpcopy_free(&k->copy);
}
