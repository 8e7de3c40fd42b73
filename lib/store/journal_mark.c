/* journal: marks, which show that a message is to be left alone. Declared in journal.h. */

#include "store/journal.h"

int
journal_mark(struct journal *s, const char *uid, size_t n, uint64_t size, struct err *e)
{
	char encoded[JOURNAL_UID + 1];
	struct journal_known known;
	struct journal_record r = {.size = size, .uid = encoded};

	if (journal_listed(s, uid, n, size, &known) && known.marked)
		return 0;
	r.uid_len = journal_record_encode_uid(uid, n, encoded);
	return journal_add(s, JOURNAL_STORED, &r, 1, false, e);
}
