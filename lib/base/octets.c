#include "base/octets.h"

const char *
octets_pair(const char *p, const char *end, char a, char b, char c)
{
	for (; end - p > OCTETS; p += OCTETS) {
		octets16 next = octets_get(p + 1);
		octets16 found = (octets_get(p) == a) & ((next == b) | (next == c));

		if (octets_any(found))
			return p + octets_before(found);
	}
	for (; end - p > 1; p++)
		if (p[0] == a && (p[1] == b || p[1] == c))
			return p;
	return NULL;
}
